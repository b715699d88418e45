package sqlbackend_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The tests that need other processes start this binary again and tell it in
// the environment what to be.
const childVariable = "SQLBACKEND_TEST_CHILD"

// children are what a child can be: each gets its arguments, and fails the
// process by its error.
var children = map[string]func(args []string) error{
	"writer":    writer,
	"increment": increment,
}

func TestMain(m *testing.M) {
	role := os.Getenv(childVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	run, ok := children[role]
	if !ok {
		fmt.Fprintf(os.Stderr, "no child is called %s\n", role)
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", role, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child is another process.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// command prepares a child; start starts it.
func command(t testing.TB, role string, args ...string) *child {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	c := &child{cmd: exec.Command(self, args...)}
	c.cmd.Env = append(os.Environ(), childVariable+"="+role)
	c.cmd.Stderr = &c.stderr
	c.stdin, err = c.cmd.StdinPipe()
	must(t, err)
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	c.stdout = bufio.NewReader(out)
	return c
}

// start also waits until the child says that it is ready.
func start(t testing.TB, role string, args ...string) *child {
	t.Helper()
	c := command(t, role, args...)
	must(t, c.cmd.Start())
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill() // which is an error if it has ended
		_ = c.cmd.Wait()
	})
	if line, err := c.stdout.ReadString('\n'); err != nil || line != "ready\n" {
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

// finish waits for the child's end and returns the rest of what it said.
func (c *child) finish(t testing.TB) string {
	t.Helper()
	_ = c.stdin.Close()
	rest, err := io.ReadAll(c.stdout)
	must(t, err)
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("a child: %v: %s", err, &c.stderr)
	}
	return strings.TrimSpace(string(rest))
}
