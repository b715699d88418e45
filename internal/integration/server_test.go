package integration_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program returns the path of a program that a test needs. Without it the test fails where everything is required, and
// skips elsewhere.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	ci := os.Getenv("CI")
	if os.Getenv("CACHIER_TEST_REQUIRE") == "1" || ci == "true" || ci == "1" {
		t.Fatalf("%s is missing and everything is required here: run `make setup`, or install it as that says", name)
	}
	t.Skipf("LEFT OUT: %s is missing: run `make setup`, or install it as that says", name)
	return ""
}

// freeAddr returns a loopback address that nothing listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// start runs a server until the test ends; its output is shown if the test fails.
func start(t *testing.T, path string, args ...string) {
	t.Helper()
	var output lockedBuffer
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the process, below at the latest
	t.Cleanup(func() {
		// The process may have ended by itself, which Signal then says.
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", path, output.String())
		}
	})
}

// eventually calls try until it returns nil, for as long as a busy machine may take.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// lockedBuffer is written to by a process and read by the test.
type lockedBuffer struct {
	mu     sync.Mutex // protects buffer
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
