package cachier_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// shared runs a test over a store that tells of changes, and over one where
// whoever waits has to look.
func shared(t *testing.T, run func(t *testing.T, store backend.Locker)) {
	t.Helper()
	bubble(t, "told", func(t *testing.T) { run(t, membackend.New()) })
	bubble(t, "looking", func(t *testing.T) { run(t, &faulty{Locker: membackend.New()}) })
}

// took fails the test unless so much time has passed since start, and at most
// one look more.
func took(t *testing.T, start time.Time, want time.Duration) {
	t.Helper()
	if d := time.Since(start); d < want || d > want+150*time.Millisecond {
		t.Errorf("it took %v, want %v", d, want)
	}
}

func TestCaseStoredBeforeTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		p := processes(t, 2, &s, store)
		store.on("lock", func(ctx context.Context) error {
			store.on("lock", nil)
			return p[1].Put(ctx, "a", "b")
		})
		answers(t, p[0], "a", "b")
		story(t, p[0], `requests hit 1`)
		s.ran(t, "a", 0)
	})
}

func TestCaseDistributedWait(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		s := source{then: slowly}
		p := processes(t, 3, &s, store)
		start := time.Now()
		all(t, together(t, 9, func(i int) (string, error) { return p[i/3].Call(t.Context(), "a") }), "a#1")
		took(t, start, 10*time.Second)
		synctest.Wait()
		story(t, p[0], `
			requests miss absent 1
			requests coalesced 2
			compute miss ok 1
			wait process ok 2`)
		for _, other := range p[1:] {
			story(t, other, `
				requests coalesced 3
				wait process ok 2
				wait distributed ok 1`)
		}
		answers(t, p[2], "a", "a#1")
	})
}

// paced is a store where each look costs money.
type paced struct{ *faulty }

func (paced) Pace() (first, last time.Duration) { return time.Second, 4 * time.Second }

// At a store that wants it so, whoever waits looks rarely.
func TestCasePacedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		store := paced{&faulty{Locker: membackend.New()}}
		p := processes(t, 2, &s, store)
		start := time.Now()
		all(t, together(t, 2, func(i int) (string, error) { return p[i].Call(t.Context(), "a") }), "a#1")
		if d := time.Since(start); d < 10*time.Second || d > 15*time.Second {
			t.Errorf("it took %v", d)
		}
		if looks := store.count("lock"); looks > 7 { // 2 at once, then after about 1, 2.5, 4.8, 8.1 and 12.1 s
			t.Errorf("looked %d times", looks)
		}
		s.ran(t, "a", 1)
	})
}

// Of all who waited too long, in all processes, one computes; there is no third.
func TestCaseWaitTimeoutAcrossProcesses(t *testing.T) {
	for round := range 20 {
		bubble(t, fmt.Sprint(round), func(t *testing.T) {
			store := backend.Locker(membackend.New())
			if round%2 == 1 {
				store = &faulty{Locker: store}
			}
			s := source{then: func(_ context.Context, _ string, run int) (string, error) {
				time.Sleep(time.Duration(3-run) * 30 * time.Second) // 60s, 30s
				return "", nil
			}}
			p := processes(t, 3, &s, store, cachier.WithWaitTimeout(10*time.Second))
			results := together(t, 9, func(i int) (string, error) { return p[i/3].Call(t.Context(), "a") })
			if results[0] != "a#1" {
				t.Error("the first caller got", results[0])
			}
			all(t, results[1:], "a#2")
			s.ran(t, "a", 2)
			for _, f := range p {
				answers(t, f, "a", "a#2") // the old holder has stored nothing
			}
			sum := total(p)
			if n := sum.Misses(metrics.ReasonWaitTimeout); n != 1 {
				t.Errorf("%d took over", n)
			}
			if sum.Misses(metrics.ReasonAbsent) != 1 || sum.Requests(metrics.Coalesced) != 7 || sum.Calls() != 12 {
				t.Errorf("%q", exact(sum))
			}
			if n := waits(sum, metrics.ResultTimeout); n < 6 {
				t.Errorf("%d waits timed out", n)
			}
		})
	}
}

// total is what all processes counted.
func total(p []*cachier.Func[string, string]) (sum metrics.Snapshot) {
	for i, f := range p {
		if i == 0 {
			sum = f.Metrics().Snapshot()
		} else {
			sum = sum.Plus(f.Metrics().Snapshot())
		}
	}
	return sum
}

func waits(s metrics.Snapshot, r metrics.Result) uint64 {
	return s.WaitsBy(metrics.ScopeProcess, r).Count() + s.WaitsBy(metrics.ScopeDistributed, r).Count()
}

// In the process that computes too slowly itself, nobody waits a second time.
func TestCaseWaitTimeoutWithTheHolder(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		s := source{then: func(_ context.Context, _ string, run int) (string, error) {
			time.Sleep(map[int]time.Duration{1: time.Minute, 2: 5 * time.Second}[run])
			return "", nil
		}}
		p := processes(t, 1, &s, store, cachier.WithWaitTimeout(10*time.Second))
		go func() {
			if v, err := p[0].Call(t.Context(), "a"); v != "a#1" || err != nil {
				t.Error(v, err)
			}
		}()
		time.Sleep(time.Second)
		start := time.Now()
		answers(t, p[0], "a", "a#2")
		if d := time.Since(start); d > 16*time.Second {
			t.Errorf("it took %v: the time-out and its own computation are 15s", d)
		}
		time.Sleep(time.Minute)
		story(t, p[0], `
			requests miss absent 1
			requests miss wait_timeout 1
			compute miss ok 2
			wait process timeout 1`)
		answers(t, p[0], "a", "a#2")
	})
}

// A store is so slow to lend the key that the second computation has the lease
// first: the first one then waits for that, and doesn't take it over.
func TestCaseWaitTimeoutBeforeTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: func(context.Context, string, int) (string, error) { time.Sleep(30 * time.Second); return "", nil }}
		store := &faulty{Locker: membackend.New()}
		store.on("lock", func(context.Context) error {
			store.on("lock", nil)
			time.Sleep(15 * time.Second)
			return nil
		})
		p := processes(t, 1, &s, store, cachier.WithWaitTimeout(10*time.Second), cachier.WithOperationTimeout(time.Minute))
		all(t, together(t, 4, func(int) (string, error) { return p[0].Call(t.Context(), "a") }), "a#1")
		s.ran(t, "a", 1)
		answers(t, p[0], "a", "a#1")
		if n := p[0].Metrics().Snapshot().Misses(metrics.ReasonWaitTimeout); n != 1 {
			t.Errorf("%d took over", n)
		}
	})
}

// What is stored in the instant in which a process loses patience is used.
func TestCaseStoredBeforeTakingOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		store := &faulty{Locker: membackend.New()}
		p := processes(t, 3, &s, store, cachier.WithWaitTimeout(5*time.Second))
		store.on("takeover", func(ctx context.Context) error { return p[2].Put(ctx, "a", "b") })
		results := together(t, 2, func(i int) (string, error) { return p[i].Call(t.Context(), "a") })
		if results[1] != "b" {
			t.Error(results)
		}
		s.ran(t, "a", 1)
		story(t, p[1], `
			requests coalesced 1
			wait distributed timeout 1`)
	})
}

// Whoever waited for a failure computes at once, side by side.
func TestCaseHolderFails(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		s := source{then: func(context.Context, string, int) (string, error) {
			time.Sleep(10 * time.Second)
			return "", errDown
		}}
		p := processes(t, 5, &s, store)
		start := time.Now()
		all(t, together(t, 15, func(i int) (string, error) { return p[i/3].Call(t.Context(), "a") }), "down")
		took(t, start, 20*time.Second)
		s.ran(t, "a", 5)
		for _, f := range p[1:] {
			story(t, f, `
				requests miss absent 1
				requests coalesced 2
				request_errors miss function 1
				request_errors coalesced function 2
				compute miss error 1
				wait process error 2
				wait distributed error 1`)
		}
	})
}

// Of those who compute side by side after a failure the first one stores, and
// the others leave that alone, also where they replace something.
func TestSideBySide(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		s := source{}
		p := processes(t, 3, &s, store, cachier.WithTTL(time.Hour), cachier.WithStaleIfError(time.Hour))
		answers(t, p[0], "a", "a#1")
		time.Sleep(90 * time.Minute)
		s.set(func(_ context.Context, _ string, run int) (string, error) {
			time.Sleep(time.Duration(run) * time.Second)
			if run == 2 {
				return "", errDown
			}
			return "", nil
		})
		results := together(t, 3, func(i int) (string, error) { return p[i].Call(t.Context(), "a") })
		if got := strings.Join(results, " "); got != "a#1 a#3 a#4" && got != "a#1 a#4 a#3" {
			t.Error(got)
		}
		for _, f := range p {
			answers(t, f, "a", "a#3")
		}
	})
}

func TestCaseHolderDies(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		s := source{then: slowly}
		p := processes(t, 3, &s, store)
		if _, err := store.Lock(t.Context(), keyOf(t, p[0], store, "a"), 10*time.Second); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		all(t, together(t, 3, func(i int) (string, error) { return p[i].Call(t.Context(), "a") }), "a#1")
		if d := time.Since(start); d < 20*time.Second || d > 20300*time.Millisecond {
			t.Errorf("it took %v, want the lease's 10s and the computation's", d)
		}
		sum := total(p)
		if sum.Misses(metrics.ReasonAbsent) != 1 || sum.Requests(metrics.Coalesced) != 2 || sum.Computations() != 1 {
			t.Errorf("%q", exact(sum))
		}
		if sum.WaitsBy(metrics.ScopeDistributed, metrics.ResultError).Count() != 1 || waits(sum, metrics.ResultOK) != 2 {
			t.Errorf("%q", exact(sum))
		}
	})
}

func TestReleaseLocks(t *testing.T) {
	shared(t, func(t *testing.T, store backend.Locker) {
		var s source
		p := processes(t, 2, &s, store)
		if _, err := store.Lock(t.Context(), keyOf(t, p[0], store, "a"), time.Hour); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, func() {
			if err := p[1].ReleaseLocks(t.Context()); err != nil {
				t.Error(err)
			}
		})
		start := time.Now()
		answers(t, p[0], "a", "a#1")
		took(t, start, time.Minute)
	})
}
