//go:build unix

package testserver

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Process is a running server.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}  // closed when the process has ended
	end   syscall.Signal // what ends it as an operator would
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
	p := &Process{cmd: cmd, ended: make(chan struct{}), end: syscall.SIGTERM}
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	endWithParent(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the process, at the end of the test at the latest
		defer close(p.ended)
		_ = cmd.Wait() // that it was ended is no news
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, p.said.String())
		}
	})
	return p
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
	_ = p.cmd.Process.Signal(p.end) // it may have ended by itself
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		p.Kill()
	}
}

// Stop ends the process as an operator would.
func (p *Process) Stop() { p.stop() }

// Kill ends the process at once, with those that it started, which may be frozen
// and would keep their connections.
func (p *Process) Kill() {
	select {
	case <-p.ended:
		return
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGSTOP) // so that it starts no other meanwhile
	all := children(p.cmd.Process.Pid)
	_ = p.cmd.Process.Kill() // it may have ended by itself
	for _, child := range all {
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	<-p.ended
}

// Freeze holds the process up, with those that it started, until Thaw: it keeps
// its connections and answers nothing.
func (p *Process) Freeze(t testing.TB) {
	t.Helper()
	pid := p.cmd.Process.Pid
	running := func(pid int) bool { return !stopped(pid) }
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		p.signal(t, syscall.SIGSTOP) // again, since it may have started one more before it stopped
		if !running(pid) && !slices.ContainsFunc(children(pid), running) {
			return
		}
		if time.Since(start) > 10*time.Second {
			t.Fatalf("process %d, or one that it has started, doesn't stop", pid)
		}
	}
}

// stopped reports whether no thread of a process runs any more, which takes a
// moment after the signal. Where there is no /proc nobody knows.
func stopped(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		i := bytes.LastIndexByte(stat, ')') + 2 // after the name, which may have anything in it
		if err == nil && i < len(stat) && stat[i] != 'T' && stat[i] != 'Z' {
			return false
		}
	}
	return true
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
