package cachier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/circuit"
	"github.com/cachier-go/cachier/internal/membackend"
)

// circuits fails the test unless the circuits of a Func are so, in its snapshot
// and in what exporters get.
func circuits(t *testing.T, f *cachier.Func[string, string], read, write int8) {
	t.Helper()
	s := f.Metrics().Snapshot()
	if g := s.Gauges(); g.CircuitRead != read || g.CircuitWrite != write {
		t.Errorf("circuits are %d for reads and %d for writes, want %d and %d", g.CircuitRead, g.CircuitWrite, read, write)
	}
	seen := 0
	for series := range s.Series() {
		if series.Metric.Name != "cachier_circuit_open" {
			continue
		}
		seen++
		want := read
		for _, l := range series.Labels {
			if l.Value == "write" {
				want = write
			}
		}
		if series.Value != float64(want) {
			t.Errorf("%v is %v", series.Labels, series.Value)
		}
	}
	if seen != 2 {
		t.Errorf("%d series tell of circuits", seen)
	}
}

func TestCaseCircuitOpen(t *testing.T) {
	bubble(t, "reads", func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		f := processes(t, 1, &s, struct{ backend.Backend }{store})[0] // without leases, one read a call
		store.fails(errDown, "get")
		for i := range circuit.Threshold {
			answers(t, f, "a", fmt.Sprint("a#", i+1))
			if i+1 < circuit.Threshold {
				circuits(t, f, 0, 0)
			}
		}
		circuits(t, f, 1, 0)
		n := store.count("get")
		var why cachier.Explanation
		answers(t, f, "b", "b#1", cachier.Explain(&why))
		if store.count("get") != n {
			t.Error("the store was read")
		}
		if text := why.String(); !strings.Contains(text, "not asked, because it failed too often") || !strings.Contains(text, "(circuit_open)") {
			t.Error(text)
		}
		if store.count("set") == 0 {
			t.Error("nothing was written")
		}
		story(t, f, `
			requests miss backend_error 5
			requests miss circuit_open 1
			compute miss ok 6`)
	})
	bubble(t, "writes", func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		f := processes(t, 1, &s, store)[0]
		answers(t, f, "old", "old#1")
		store.fails(errDown, "set", "lock", "takeover")
		for i := range circuit.Threshold {
			answers(t, f, "a", fmt.Sprint("a#", i+1))
		}
		circuits(t, f, 0, 1)
		n := store.count("set") + store.count("lock")
		answers(t, f, "b", "b#1")
		answers(t, f, "old", "old#1")
		if store.count("set")+store.count("lock") != n {
			t.Error("the store was written")
		}
		// What somebody asks for is tried all the same, and told.
		if err := f.Put(t.Context(), "c", "d"); !errors.Is(err, errDown) {
			t.Error(err)
		}
		store.fails(nil, "set")
		if err := f.Put(t.Context(), "c", "d"); err != nil {
			t.Error(err)
		}
		circuits(t, f, 0, 0)
	})
	bubble(t, "strictly", func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		f := processes(t, 1, &s, store, cachier.WithStrict())[0]
		store.fails(errDown, "get")
		for i := range 2 * circuit.Threshold {
			_, err := f.Call(t.Context(), "a")
			want := errDown
			if i >= circuit.Threshold {
				want = cachier.ErrCircuitOpen
			}
			if !errors.Is(err, want) {
				t.Errorf("call %d: %v", i, err)
			}
		}
		s.ran(t, "a", 0)
		story(t, f, `
			requests miss backend_error 5
			requests miss circuit_open 5
			request_errors miss backend 10`)
	})
}

func TestCircuitCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		f := processes(t, 1, &s, store)[0]
		answers(t, f, "a", "a#1")
		store.fails(errDown, "get", "set", "lock")
		for range 20 {
			_, _ = f.Call(t.Context(), "b")
		}
		circuits(t, f, 1, 1)
		for range 10 { // a probe each, and no more
			time.Sleep(circuit.Pause)
			n := store.count("get")
			for range 5 {
				_, _ = f.Call(t.Context(), "b")
			}
			if store.count("get") != n+1 {
				t.Errorf("%d probes", store.count("get")-n)
			}
		}
		store.fails(nil, "get", "set", "lock")
		time.Sleep(circuit.Pause)
		answers(t, f, "a", "a#1")
		_, _ = f.Call(t.Context(), "b")
		circuits(t, f, 0, 0)
		snap := f.Metrics().Snapshot()
		_, _ = f.Call(t.Context(), "b")
		if n := f.Metrics().Snapshot().Minus(snap).HitRatio(); n != 1 {
			t.Errorf("hit ratio %v after the store was back", n)
		}
	})
}

// The circuits belong to the store, whichever Func uses it, and go with the
// last of them.
func TestCircuitsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store, other := &faulty{Locker: membackend.New()}, membackend.New()
		p := processes(t, 2, &s, store)
		apart := processes(t, 1, &s, other)[0]
		answers(t, apart, "a", "a#1")
		answers(t, p[1], "b", "b#1")
		store.fails(errDown, "get")
		for range circuit.Threshold {
			_, _ = p[0].Call(t.Context(), "a")
		}
		circuits(t, p[0], 1, 0)
		circuits(t, p[1], 1, 0)
		circuits(t, apart, 0, 0)
		n := store.count("get")
		_, _ = p[1].Call(t.Context(), "a")
		if store.count("get") != n {
			t.Error("the other Func asked the store")
		}
		for _, f := range p {
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		again := processes(t, 1, &s, store)[0]
		_, _ = again.Call(t.Context(), "a")
		circuits(t, again, 0, 0)
	})
}

// Answers that are no fault of the store leave it in use.
func TestWhatOpensNoCircuit(t *testing.T) {
	for name, err := range map[string]error{
		"not found": backend.ErrNotFound, "corrupt": backend.ErrCorrupt, "foreign": backend.ErrForeign,
		"too large": backend.ErrTooLarge, "canceled": context.Canceled, "lease lost": backend.ErrLeaseLost,
	} {
		bubble(t, name, func(t *testing.T) {
			var s source
			store := &faulty{Locker: membackend.New()}
			f := processes(t, 1, &s, store)[0]
			read, write := err, err
			switch name {
			case "too large", "lease lost":
				read = nil
			case "not found", "corrupt", "foreign":
				write = nil
			}
			store.fails(read, "get")
			store.fails(write, "set")
			ctx, cancel := context.WithCancel(t.Context())
			if name == "canceled" {
				store.on("get", func(context.Context) error { cancel(); return context.Canceled })
				store.on("set", nil)
			}
			for range 3 * circuit.Threshold {
				_, _ = f.Call(ctx, "a")
				ctx, cancel = context.WithCancel(t.Context())
			}
			cancel()
			circuits(t, f, 0, 0)
		})
	}
}

// A store that hangs costs its time-outs until the circuit opens, then nothing.
func TestFrozenStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		f := processes(t, 1, &s, store, cachier.WithMaxComputes(3), cachier.WithOperationTimeout(time.Second))[0]
		answers(t, f, "a", "a#1")
		freeze := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		for _, op := range []string{"get", "set", "lock", "takeover", "extend", "delete", "list"} {
			store.on(op, freeze)
		}
		running, most := 0, 0
		s.set(func(context.Context, string, int) (string, error) {
			s.mu.Lock()
			running++
			most = max(most, running)
			s.mu.Unlock()
			time.Sleep(time.Millisecond)
			s.mu.Lock()
			defer s.mu.Unlock()
			running--
			return "v", nil
		})
		all(t, together(t, 100, func(i int) (string, error) { return f.Call(t.Context(), fmt.Sprint(i)) }), "v")
		if most > 3 {
			t.Errorf("%d computations at once", most)
		}
		circuits(t, f, 1, 1)
		var slow int
		for i := range 1000 {
			var info cachier.CallInfo
			answers(t, f, fmt.Sprint("later ", i), "v", cachier.Info(&info))
			if info.Duration > 2*time.Millisecond {
				slow++
			}
		}
		if slow > 4 { // one caller alone, who pays for all the probes
			t.Errorf("%d of 1000 calls had to wait for the store", slow)
		}
	})
}

// Callers whose deadlines are shorter than the time-out of operations are not
// at the mercy of a store that hangs: after a few it is left alone.
func TestFrozenStoreAndShortDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &faulty{Locker: membackend.New()}
		f := processes(t, 1, &s, store)[0]
		for _, op := range []string{"get", "set", "lock"} {
			store.on(op, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		}
		failed := 0
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			if _, err := f.Call(ctx, "a"); err != nil {
				failed++
			}
			cancel()
			synctest.Wait()
		}
		if failed > circuit.Threshold+circuit.Threshold {
			t.Errorf("%d of 20 calls failed", failed)
		}
		circuits(t, f, 1, 1)
	})
}
