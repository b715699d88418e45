package testserver

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Program returns the path of a program that a test needs, from the PATH or
// from the directories that the patterns match, the last match first. Without
// it the test fails where everything is required, and skips elsewhere.
func Program(t testing.TB, name string, patterns ...string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, pattern := range patterns {
		found, _ := filepath.Glob(filepath.Join(pattern, name)) // the pattern is a constant of the caller's
		for _, path := range slices.Backward(found) {
			if path, err := exec.LookPath(path); err == nil {
				return path
			}
		}
	}
	LeaveOut(t, "%s is missing: run `make setup`, or install it as that says", name)
	return ""
}

// LeaveOut ends a test that lacks something: it fails where everything is
// required, and skips elsewhere.
func LeaveOut(t testing.TB, why string, args ...any) {
	t.Helper()
	why = fmt.Sprintf(why, args...)
	if required() {
		t.Fatal("everything is required here: " + why)
	}
	t.Skip("LEFT OUT: " + why)
}

// required reports whether what is missing is a failure. scripts/servers.sh
// reads the same two variables.
func required() bool {
	ci := os.Getenv("CI")
	return os.Getenv("CACHIER_TEST_REQUIRE") == "1" || ci == "true" || ci == "1"
}

// FreeAddr returns a loopback address, host and port, that nothing listens on.
func FreeAddr(t testing.TB) string {
	t.Helper()
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

// Eventually calls try until it returns nil, for as long as a busy machine may
// take.
func Eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for pause := time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(pause)
	}
}
