package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// outage is how a store fails.
type outage int32

const (
	none     outage = iota
	readOnly        // it refuses writes
	dead            // it refuses everything
	hung            // it answers nothing
)

func (o outage) String() string { return [...]string{"none", "read only", "dead", "hung"}[o] }

var errOutage = errors.New("refused")

// outageStore is a store that fails, while it does.
type outageStore struct {
	backend.Locker
	outage         atomic.Int32
	underWay, most atomic.Int32 // requests
}

func newOutageStore() *outageStore { return &outageStore{Locker: membackend.New()} }

func (s *outageStore) is(o outage) { s.outage.Store(int32(o)) }

// fail fails as the store does.
func (s *outageStore) fail(ctx context.Context, write bool) error {
	s.most.Store(max(s.most.Load(), s.underWay.Add(1)))
	defer s.underWay.Add(-1)
	switch o := outage(s.outage.Load()); {
	case o == hung:
		<-ctx.Done()
		return ctx.Err()
	case o == dead, o == readOnly && write:
		return errOutage
	}
	return nil
}

func (s *outageStore) Get(ctx context.Context, key string) (backend.Entry, error) {
	if err := s.fail(ctx, false); err != nil {
		return backend.Entry{}, err
	}
	return s.Locker.Get(ctx, key)
}

func (s *outageStore) Set(ctx context.Context, key string, e backend.Entry) error {
	if err := s.fail(ctx, true); err != nil {
		return err
	}
	return s.Locker.Set(ctx, key, e)
}

func (s *outageStore) Delete(ctx context.Context, key string) error {
	if err := s.fail(ctx, true); err != nil {
		return err
	}
	return s.Locker.Delete(ctx, key)
}

func (s *outageStore) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	if err := s.fail(ctx, true); err != nil {
		return nil, err
	}
	return s.Locker.Lock(ctx, key, ttl)
}

// After an outage the fleet has what was counted meanwhile: every minute of the
// last three hours, and every hour of days. What waits for the store to come back
// is bounded, however long that takes.
func TestOutage(t *testing.T) {
	type outlived struct {
		outage outage
		long   time.Duration
	}
	tests := []outlived{{readOnly, 200 * time.Minute}, {dead, 80 * time.Minute}, {hung, 80 * time.Minute}}
	if !raceDetector { // with which compressing takes long
		tests = append(tests, outlived{readOnly, 100 * time.Hour}, outlived{dead, 100 * time.Hour})
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.outage, " for ", test.long), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { outlive(t, test.outage, test.long) })
		})
	}
}

func outlive(t *testing.T, o outage, long time.Duration) {
	ctx, store, g := t.Context(), newOutageStore(), metrics.NewRegistry()
	r := traffic.Recorder(t, g, "f", metrics.RecorderOptions{})
	p, err := fleet.NewPublisher(ctx, store, &fleet.Options{Logger: slog.New(slog.DiscardHandler)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var calls []time.Time
	most := 0
	minute := func() error { // with a call in it
		time.Sleep(30*time.Second - time.Duration(time.Now().Nanosecond()))
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Millisecond, Age: metrics.Unknown})
		calls = append(calls, time.Now())
		time.Sleep(25 * time.Second)
		err := p.Flush(ctx, g)
		n, _ := p.Waiting()
		most = max(most, n)
		return err
	}
	for range 20 {
		if err := minute(); err != nil {
			t.Fatal(err)
		}
	}
	store.is(o)
	for begun := time.Now(); time.Since(begun) < long; {
		if err := minute(); err == nil {
			t.Fatal("the outage was not noticed")
		}
	}
	store.is(none)
	if err := minute(); err != nil {
		t.Fatal(err)
	}

	v, err := fleet.NewView(store, "")
	if err != nil {
		t.Fatal(err)
	}
	all, err := v.Totals(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n := all.Sum().Calls(); n != uint64(len(calls)) {
		t.Errorf("%d calls in all, want %d", n, len(calls))
	}
	now := time.Now()
	between := func(from, to time.Time, exact time.Duration) {
		t.Helper()
		a, err := v.Between(ctx, from, to)
		if err != nil {
			t.Fatal(err)
		}
		want := uint64(0)
		for _, at := range calls {
			if at.After(a.From) && !at.After(a.To) {
				want++
			}
		}
		if n := a.Sum().Calls(); n != want || a.Skipped > 0 {
			t.Errorf("%d calls from %v to %v ago, want %d", n, now.Sub(a.From), now.Sub(a.To), want)
		}
		if from.Sub(a.From) > exact || a.From.Sub(from) > 0 && a.From.After(calls[0]) {
			t.Errorf("asked for from %v ago on, got from %v ago on", now.Sub(from), now.Sub(a.From))
		}
	}
	between(now.Add(-8*24*time.Hour), now, 8*24*time.Hour)
	between(now.Add(-24*time.Hour), now, 2*time.Hour)
	if long < 24*time.Hour {
		between(now.Add(-70*time.Minute), now.Add(-50*time.Minute), 2*time.Minute)
		between(now.Add(-long/2), now.Add(-long/2+time.Minute), 2*time.Minute)
	}
	between(now.Add(-10*time.Minute), now, 2*time.Minute)

	dropped := p.Dropped()["queue_full"]
	if most > fleet.MostLate || (dropped > 0) != (long > 50*time.Hour) {
		t.Errorf("%d records waited at most, %d were dropped", most, dropped)
	}
	if n, _ := p.Waiting(); n > 0 {
		t.Errorf("%d records still wait", n)
	}
}

// A store that hangs for hours holds no call up, and neither requests nor
// goroutines pile up.
func TestHungStoreHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newOutageStore()
		p := run(t, store, &fleet.Options{Every: time.Minute, Logger: slog.New(slog.DiscardHandler)})
		p.call(1)
		time.Sleep(2 * time.Minute)
		store.is(hung)
		time.Sleep(time.Hour)
		synctest.Wait()
		goroutines := runtime.NumGoroutine()
		for range 4 * 60 {
			before := time.Now()
			p.call(1)
			if took := time.Since(before); took != 0 { // in a bubble, time passes only where somebody waits
				t.Fatalf("a call waited %v", took)
			}
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		if n := runtime.NumGoroutine(); n > goroutines {
			t.Errorf("%d goroutines after hours, %d before", n, goroutines)
		}
		if n := store.most.Load(); n > 1 {
			t.Errorf("%d requests at once", n)
		}
		store.is(none)
		time.Sleep(2 * time.Minute)
		if n := totals(t, store).Sum().Calls(); n != 1+4*60 {
			t.Errorf("%d calls, want %d", n, 1+4*60)
		}
		p.end()
	})
}

// A view is a source, of the sums over all instances by function; when its store is
// away it says so to those who ask, and is empty for those who can't.
func TestViewIsASource(t *testing.T) {
	store := newOutageStore()
	for i, instance := range []string{"one", "two"} {
		s := traffic.New(t, 1, 2)
		s.Minute(0.01)
		p, err := fleet.NewPublisher(t.Context(), store, &fleet.Options{Instance: instance}, 0)
		if err == nil {
			err = p.Flush(t.Context(), s.Registry)
		}
		if err != nil {
			t.Fatal(i, err)
		}
	}
	v, err := fleet.NewView(store, "")
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Collect(traffic.New(t, 1, 2).Registry.Snapshots())
	got := slices.Collect(v.Snapshots())
	if len(got) != len(want) {
		t.Fatalf("%d functions, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Name != want[i].Name || got[i].Backend != want[i].Backend || got[i].Instance != "" {
			t.Errorf("got %s of %s, instance %q", got[i].Name, got[i].Backend, got[i].Instance)
		}
	}
	if a, err := v.Totals(t.Context()); err != nil || a.Sum().Calls() != metrics.Sum(v.Snapshots()).Calls() {
		t.Error("the sums differ", err)
	}
	store.is(dead)
	if _, err := metrics.ReadSnapshots(t.Context(), v); !errors.Is(err, errOutage) {
		t.Errorf("when the store is away: %v", err)
	}
	if n := len(slices.Collect(v.Snapshots())); n > 0 {
		t.Errorf("%d functions when the store is away", n)
	}
}
