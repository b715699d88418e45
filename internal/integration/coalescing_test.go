package integration_test

import (
	"os"
	"slices"
	"testing"
	"time"
)

// eachStore runs a test over every store, one after the other.
func eachStore(t *testing.T, run func(t *testing.T, store string)) {
	t.Helper()
	for store := range stores {
		t.Run(store, func(t *testing.T) { run(t, store) })
	}
}

// Four processes with 200 goroutines each want one cold key: all wait before the
// function returns, it runs once, and all have its result soon.
func TestOneColdKeyInFourProcesses(t *testing.T) {
	const processes, callers = 4, 200
	eachStore(t, func(t *testing.T, store string) {
		children := family(t, processes, order{Store: store, Callers: callers, Lease: 10 * time.Second})
		for _, p := range children {
			p.tell()
		}
		// But for the one that computes, each caller waits: the first of each other
		// process for another process, all else for a caller of its own.
		until(t, children, "all waiting", func() bool { return waiting(children) == processes*callers-1 })
		for _, p := range children {
			p.tell()
		}
		until(t, children, "done", func() bool { return every(children, done) })
		var computed, last time.Time
		for _, p := range children {
			if !p.now.Computed.IsZero() {
				computed = p.now.Computed
			}
			if p.now.Done.After(last) {
				last = p.now.Done
			}
			if p.now.Failed > 0 {
				t.Errorf("%d calls failed", p.now.Failed)
			}
		}
		if n := runs(children); n != 1 {
			t.Errorf("the function ran %d times", n)
		}
		took := last.Sub(computed)
		t.Logf("the last of %d waiters in %d processes returned %v after the result", processes*callers-1, processes, took)
		if may := wakesWithin(store); took > 10*may {
			t.Errorf("that is more than ten times the %v that it may take", may)
		}
	})
}

// wakesWithin is how long after a result those who wait for it in other
// processes may have it.
func wakesWithin(store string) time.Duration {
	switch store {
	case "redis": // which tells them
		return 50 * time.Millisecond
	case "s3": // where they look every 5 seconds in the end
		return 6 * time.Second
	}
	return 250 * time.Millisecond // they look again
}

func waiting(children []*process) (n int64) {
	for _, p := range children {
		n += p.now.Waiting
	}
	return n
}

func runs(children []*process) (n int) {
	for _, p := range children {
		n += p.now.Runs
	}
	return n
}

// killedAfter is for longer than it takes until all wait, on a busy machine.
const killedAfter = 2 * time.Second

// The process that computes is killed: one other computes, once the lease is
// over or the others have waited long enough.
func TestHolderIsKilled(t *testing.T) {
	for name, o := range map[string]order{
		"the lease runs out": {Lease: killedAfter},
		"waiting takes long": {Lease: time.Hour, WaitTimeout: killedAfter},
	} {
		t.Run(name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, store string) {
				o := o
				o.Store, o.Callers = store, 10
				children := family(t, 4, o)
				for _, p := range children {
					p.tell()
				}
				i := -1 // who computes; it may say so after the others have begun to wait
				until(t, children, "all waiting", func() bool {
					i = slices.IndexFunc(children, func(p *process) bool { return p.now.Computing })
					return i >= 0 && waiting(children) == 4*10-1
				})
				if err := children[i].cmd.Process.Signal(os.Kill); err != nil {
					t.Fatal(err)
				}
				killed := time.Now()
				rest := slices.Delete(children, i, i+1)
				for _, p := range rest {
					p.tell()
				}
				until(t, rest, "done", func() bool { return every(rest, done) })
				if n := runs(rest); n != 1 {
					t.Errorf("the function ran %d times in those that are left", n)
				}
				for _, p := range rest {
					if p.now.Failed > 0 {
						t.Errorf("%d calls failed", p.now.Failed)
					}
				}
				t.Logf("the others had a value %v after the kill", time.Since(killed))
				if time.Since(killed) > 10*killedAfter {
					t.Error("that is ten times the lease, or the time-out")
				}
			})
		})
	}
}

// The function fails: nobody queues behind failures, all compute side by side.
func TestNobodyQueuesBehindFailures(t *testing.T) {
	const processes, takes = 8, 2 * time.Second
	eachStore(t, func(t *testing.T, store string) {
		children := family(t, processes, order{Store: store, Callers: 20, Lease: 10 * time.Second, Takes: takes, Fails: true})
		start := time.Now()
		for _, p := range children {
			p.tell()
		}
		until(t, children, "done", func() bool { return every(children, done) })
		last := start
		for _, p := range children {
			if p.now.Done.After(last) {
				last = p.now.Done
			}
			if p.now.Failed != 20 {
				t.Errorf("%d calls failed, want all 20", p.now.Failed)
			}
		}
		took := last.Sub(start)
		t.Logf("%d processes had the failure after %v, the function takes %v, and ran %d times", processes, took, takes, runs(children))
		if took >= processes*takes { // the first failure, then the others' at once; a queue can't take less
			t.Error("they queued")
		}
	})
}
