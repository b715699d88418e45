package mongobackend_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/cachier-go/cachier/internal/testserver"
)

// childVariable makes of this binary, started again, a writer.
const childVariable = "MONGOBACKEND_TEST_CHILD"

// sharedURL is where the examples, and the tests that do a server no harm, have
// one.
var sharedURL string

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		fmt.Fprintf(os.Stderr, "%v\n", writer(os.Args[1], os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	url, end := os.Getenv(uriVariable), func() {}
	if url == "" {
		var err error
		if url, end, err = testserver.MongoForMain(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n", err)
			os.Exit(1)
		}
	}
	sharedURL = url
	result := m.Run()
	end()
	os.Exit(result)
}

// child is another process, which writes until it is killed.
type child struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

// start starts a child and waits until it says that it is ready.
func start(t testing.TB, args ...string) *child {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	c := &child{cmd: exec.Command(self, args...)}
	c.cmd.Env = append(os.Environ(), childVariable+"=writer")
	c.cmd.Stderr = &c.stderr
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	must(t, c.cmd.Start())
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill() // which is an error if it has ended
		_ = c.cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
		t.Fatalf("a child said %q, %v: %s", line, err, &c.stderr)
	}
	return c
}

// kill ends the child in the middle of whatever it does, and fails the test if
// it had ended by itself.
func (c *child) kill(t testing.TB) {
	t.Helper()
	_ = c.cmd.Process.Kill()
	err := c.cmd.Wait()
	var exit *exec.ExitError
	if c.stderr.Len() > 0 || !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Errorf("a child ended by itself, %v: %s", err, &c.stderr)
	}
}
