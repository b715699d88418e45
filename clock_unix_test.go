//go:build unix

package cachier_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pausedEnv tells a child process of this test binary what to do: how many
// goroutines are to keep its processors busy.
const pausedEnv = "CACHIER_TEST_PAUSED_HOGS"

// pausedTTL is the shortest for which readings of the clock are reused at all,
// doubled.
const pausedTTL = 2 * time.Second

// mostOverdue is how many calls that were made by one goroutine, and so mostly
// on one slot, may be answered by a reading from before a pause: 2047, for each
// of the slots that it can come by when its stack is moved.
const mostOverdue = 2 * 2047

// TestPaused stops a process that calls a Func as fast as it can, for longer
// than the TTL, and lets it go on: it must see almost at once that its values
// are out of date. So must one whose processors are kept busy by others.
func TestPaused(t *testing.T) {
	for _, c := range []struct{ procs, hogs int }{{1, 0}, {2, 0}, {2, 64}} {
		t.Run(fmt.Sprintf("%d processors, %d hogs", c.procs, c.hogs), func(t *testing.T) {
			t.Parallel() // they mostly stand still
			paused(t, c.procs, c.hogs)
		})
	}
}

func paused(t *testing.T, procs, hogs int) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// With a benchmark to run, even if there is none, a test binary reuses
	// readings as other programs do.
	cmd := exec.Command(exe, "-test.run=^TestPausedChild$", "-test.bench=^$", "-test.count=1", "-test.v")
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(procs), pausedEnv+"="+strconv.Itoa(hogs))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	read := func(prefix string) string {
		for lines.Scan() {
			if line, ok := strings.CutPrefix(lines.Text(), prefix); ok {
				return line
			}
		}
		cmd.Process.Kill()
		t.Fatalf("the child said nothing like %q: %v", prefix, cmd.Wait())
		return ""
	}
	read("warm")
	signal := func(s os.Signal) {
		if err := cmd.Process.Signal(s); err != nil {
			t.Error(err)
		}
	}
	signal(syscall.SIGSTOP)
	time.Sleep(pausedTTL + pausedTTL/4)
	signal(syscall.SIGCONT)
	overdue := read("overdue ")
	io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	t.Log("overdue calls:", overdue)
	if n, err := strconv.Atoi(overdue); err != nil || n > mostOverdue {
		t.Errorf("%s calls were answered with a value beyond its TTL", overdue)
	}
}

// TestPausedChild is what TestPaused runs as a process of its own; elsewhere it
// does nothing.
func TestPausedChild(t *testing.T) {
	hogs, err := strconv.Atoi(os.Getenv(pausedEnv))
	if err != nil {
		return
	}
	for range hogs {
		go func() {
			for {
				runtime.KeepAlive(hogs)
			}
		}()
	}
	f := newTimed(pausedTTL)
	ctx := context.Background()
	made, _ := f.Call(ctx, 1)
	first, last, overdue := made, time.Now(), 0
	warm := 100_000
	for after := 100_000; after > 0; {
		now := time.Now()
		made, _ = f.Call(ctx, 1)
		if now.Sub(made) > pausedTTL {
			overdue++
		}
		switch {
		case warm > 0:
			if warm--; warm == 0 {
				// Just computed again, so that only the pause makes it old.
				made, _ = f.Refresh(ctx, 1)
				first = made
				fmt.Println("warm")
			}
		case !made.Equal(first):
			after--
		case now.Sub(last) > time.Minute:
			t.Fatal("was not stopped")
		}
		last = now
	}
	if n := f.runs.Load(); n < 3 {
		t.Errorf("computed %d times", n)
	}
	fmt.Printf("overdue %d\n", overdue)
}
