//go:build unix

package testserver

import (
	"bytes"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Process is a running server.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}  // closed when the process has ended
	end   syscall.Signal // what an operator would send; 0: SIGTERM
	said  output
}

// Start runs a program until the test ends. What it said is shown if the test
// fails.
func Start(t testing.TB, path string, args ...string) *Process {
	t.Helper()
	return run(t, exec.Command(path, args...))
}

func run(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{cmd: cmd}
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	endWithParent(cmd)
	p.begin(t)
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, p.said.String())
		}
	})
	return p
}

// begin starts the command.
func (p *Process) begin(t testing.TB) {
	t.Helper()
	cmd, ended := p.cmd, make(chan struct{})
	p.ended = ended
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the process, at the end of the test at the latest
		defer close(ended)
		_ = cmd.Wait() // that it was ended is no news
	}()
}

// again starts a process that has ended once more, as it was started before.
func (p *Process) again(t testing.TB) {
	t.Helper()
	old := p.cmd
	p.cmd = &exec.Cmd{Path: old.Path, Args: old.Args, Dir: old.Dir, Env: old.Env, Stdout: old.Stdout, Stderr: old.Stderr, SysProcAttr: old.SysProcAttr}
	p.begin(t)
}

// stop ends the process, by force if it takes long.
func (p *Process) stop() {
	pid := p.cmd.Process.Pid
	select {
	case <-p.ended:
		return
	default:
	}
	for _, frozen := range append(children(pid), pid) {
		_ = syscall.Kill(frozen, syscall.SIGCONT) // or it would not hear the next
	}
	end := p.end
	if end == 0 {
		end = syscall.SIGTERM
	}
	_ = p.cmd.Process.Signal(end) // it may have ended by itself
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		p.Kill()
	}
}

// Stop ends the process as an operator would.
func (p *Process) Stop() { p.stop() }

// Kill ends the process at once.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
}

// Freeze holds the process up, with those that it started, until Thaw: it keeps
// its connections and answers nothing.
func (p *Process) Freeze(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGSTOP)
}

// Thaw lets a frozen process go on.
func (p *Process) Thaw(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGCONT)
}

// signal reaches the process first, so that it starts no other meanwhile.
func (p *Process) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	pid := p.cmd.Process.Pid
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
	for _, child := range children(pid) {
		_ = syscall.Kill(child, s) // it may have ended meanwhile
	}
}

// output is written to by a process and read by the test.
type output struct {
	mu   sync.Mutex // protects text
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
