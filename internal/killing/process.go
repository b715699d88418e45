package killing

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

// roleVariable tells a process that a test has started what it is to be.
const roleVariable = "CACHIER_TEST_CHILD"

// Role is what such a process does with its arguments. Its error fails the
// process.
type Role func(args []string) error

// Become returns at once in a process that runs tests, and never in one that
// [Command] made: that one plays its role and ends. TestMain calls it first.
func Become(roles map[string]Role) {
	name := os.Getenv(roleVariable)
	if name == "" {
		return
	}
	role, ok := roles[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "nobody plays the %s\n", name)
		os.Exit(2)
	}
	if err := role(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Ready is what a role calls once it has what it needs; [Start] waits for it.
func Ready() { fmt.Println("ready") }

// Process is this binary, started again.
type Process struct {
	Cmd *exec.Cmd
	In  io.WriteCloser // its standard input, which ends with this process at the latest
	Out *bufio.Reader  // its standard output

	stderr bytes.Buffer // read only once it has ended
}

// Command prepares a process that plays a role, and doesn't start it.
func Command(t testing.TB, role string, args ...string) *Process {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	p := &Process{Cmd: exec.Command(self, args...)}
	p.Cmd.Env = append(os.Environ(), roleVariable+"="+role)
	p.Cmd.Stderr = &p.stderr
	p.In, err = p.Cmd.StdinPipe()
	must(t, err)
	out, err := p.Cmd.StdoutPipe()
	must(t, err)
	p.Out = bufio.NewReader(out)
	return p
}

// Start starts a process that plays a role, and waits until it is [Ready]. It
// doesn't outlive the test.
func Start(t testing.TB, role string, args ...string) *Process {
	t.Helper()
	p := Command(t, role, args...)
	p.start(t)
	p.await(t)
	return p
}

func (p *Process) start(t testing.TB) {
	t.Helper()
	must(t, p.Cmd.Start())
	t.Cleanup(p.end)
}

func (p *Process) await(t testing.TB) {
	t.Helper()
	if line, err := p.Out.ReadString('\n'); err != nil || line != "ready\n" {
		p.end()
		t.Fatalf("a child said %q, %v: %s", line, err, &p.stderr)
	}
}

// end ends the process if it hasn't ended.
func (p *Process) end() {
	_ = p.Cmd.Process.Kill() // which is an error if it has
	_ = p.Cmd.Wait()
}

// Kill ends the process in the middle of whatever it does. The test fails if it
// had ended by itself, or said anything on its standard error.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	_ = p.Cmd.Process.Kill()
	err := p.Cmd.Wait()
	var exit *exec.ExitError
	if p.stderr.Len() > 0 || !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Errorf("a child ended by itself, %v: %s", err, &p.stderr)
	}
}

// Finish ends the input of the process, waits for its end, which has to be a
// good one, and returns the rest of what it said.
func (p *Process) Finish(t testing.TB) string {
	t.Helper()
	_ = p.In.Close()
	rest, err := io.ReadAll(p.Out)
	must(t, err)
	if err := p.Cmd.Wait(); err != nil {
		t.Errorf("a child: %v: %s", err, &p.stderr)
	}
	return strings.TrimSpace(string(rest))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
