package integration_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
)

// childVariable holds the order of a child process: this binary, started again.
const childVariable = "CACHIER_TEST_CHILD"

// order is what a child does: so many goroutines call one cold key, once the
// parent has written a line to it, and what they compute takes until the parent
// has written another one, or as long as is said here.
type order struct {
	Store, Dir  string
	Callers     int
	Lease       time.Duration
	WaitTimeout time.Duration
	Takes       time.Duration
	Fails       bool
}

// report is a line of a child's standard output.
type report struct {
	Ready     bool
	Waiting   int64     // callers, and flights for other processes, that wait now
	Computing bool      // the function has begun
	Computed  time.Time // the function has returned
	Done      time.Time // the last call has returned
	Failed    int       // so many calls returned an error
	Runs      int
}

// TestChild is the child process.
func TestChild(t *testing.T) {
	text := os.Getenv(childVariable)
	if text == "" {
		return // it runs in child processes of other tests
	}
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // protects runs, and keeps lines whole
	runs, out := 0, json.NewEncoder(os.Stdout)
	tell := func(r report) {
		mu.Lock()
		defer mu.Unlock()
		r.Runs = runs
		_ = out.Encode(r)
	}
	in := bufio.NewReader(os.Stdin)
	released := make(chan struct{})
	opts := []cachier.Option{
		cachier.WithNamespace("test"), cachier.WithBackend(stores[o.Store](t, o.Dir)), cachier.WithLease(o.Lease),
		cachier.WithOperationTimeout(20 * time.Second),
	} // the race detector and 800 connections at once are slow
	if o.WaitTimeout > 0 {
		opts = append(opts, cachier.WithWaitTimeout(o.WaitTimeout))
	}
	f := cachier.Must(cachier.New("cold", func(context.Context, string) (string, error) {
		mu.Lock()
		runs++
		mu.Unlock()
		tell(report{Computing: true})
		if o.Takes > 0 {
			time.Sleep(o.Takes)
		} else {
			<-released
		}
		defer func() { tell(report{Computed: time.Now()}) }()
		if o.Fails {
			return "", errors.New("down")
		}
		return "value", nil
	}, quiet(append(opts, cachier.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, nil))))...)...))
	tell(report{Ready: true})
	if _, err := in.ReadString('\n'); err != nil {
		return
	}
	go func() {
		_, _ = in.ReadString('\n')
		close(released)
	}()
	finished := make(chan struct{})
	go func() {
		for last := int64(-1); ; time.Sleep(2 * time.Millisecond) {
			if n := f.Metrics().Snapshot().Waiters(); n != last {
				last = n
				tell(report{Waiting: n})
			}
			select {
			case <-finished:
				return
			default:
			}
		}
	}()
	var calls sync.WaitGroup
	var latest time.Time
	failed := 0
	for range o.Callers {
		calls.Go(func() {
			v, err := f.Call(context.Background(), "key")
			now := time.Now()
			mu.Lock()
			defer mu.Unlock()
			latest = now
			if err != nil || v != "value" {
				failed++
			}
		})
	}
	calls.Wait()
	close(finished)
	tell(report{Done: latest, Failed: failed})
}

// process is a running child.
type process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	reports chan report // closed when the process has ended
	now     report      // what is known of it: the latest of everything
	ended   bool
}

// family starts children, which are ready when it returns.
func family(t *testing.T, n int, o order) []*process {
	t.Helper()
	o.Dir = t.TempDir()
	stores[o.Store](t, o.Dir) // so that they needn't all make it
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	children := make([]*process, n)
	for i := range children {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.timeout=5m")
		cmd.Env = append(os.Environ(), childVariable+"="+string(text))
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		p := &process{cmd: cmd, in: in, reports: make(chan report, 1<<16)}
		children[i] = p
		go func() {
			defer close(p.reports)
			for lines := bufio.NewScanner(stdout); lines.Scan(); {
				var r report
				if json.Unmarshal(lines.Bytes(), &r) == nil { // else it is go test's
					p.reports <- r
				}
			}
			_ = cmd.Wait()
		}()
	}
	until(t, children, "ready", func() bool { return every(children, func(r report) bool { return r.Ready }) })
	return children
}

// tell writes a line to a child.
func (p *process) tell() { _, _ = fmt.Fprintln(p.in) }

// until reads what the children report until something holds.
func until(t *testing.T, children []*process, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		for _, p := range children {
			p.read()
		}
		if time.Now().After(deadline) {
			for i, p := range children {
				t.Logf("child %d: %+v", i, p.now)
			}
			t.Fatal("waited in vain until they were " + what)
		}
	}
}

// read takes in what the child has reported by now.
func (p *process) read() {
	for {
		select {
		case r, ok := <-p.reports:
			if !ok {
				p.ended, p.reports = true, nil
				return
			}
			p.take(r)
		default:
			return
		}
	}
}

func (p *process) take(r report) {
	k := &p.now
	k.Runs = r.Runs
	switch {
	case r.Ready, r.Computing:
		k.Ready, k.Computing = k.Ready || r.Ready, k.Computing || r.Computing
	case !r.Computed.IsZero():
		k.Computed = r.Computed
	case !r.Done.IsZero():
		k.Done, k.Failed, k.Waiting = r.Done, r.Failed, 0
	default:
		k.Waiting = r.Waiting
	}
}

func every(children []*process, holds func(report) bool) bool {
	for _, p := range children {
		if !holds(p.now) {
			return false
		}
	}
	return true
}

func done(r report) bool { return !r.Done.IsZero() }
