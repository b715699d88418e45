package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// flaky is a store whose writes may fail, before or after they were done. It
// remembers when the total of each start last was written.
type flaky struct {
	*membackend.Store
	rng *rand.Rand

	mu    sync.Mutex // protects what follows
	fails float64    // how often a write fails
	total map[string]time.Time
}

var errFlaky = errors.New("the store fails")

// perhaps does something, unless it fails before that, or after.
func (f *flaky) perhaps(do func() error) error {
	f.mu.Lock()
	fails, after := f.rng.Float64() < f.fails, f.rng.IntN(2) == 0
	f.mu.Unlock()
	if fails && !after {
		return errFlaky
	}
	err := do()
	if err == nil && fails {
		err = errFlaky
	}
	return err
}

func (f *flaky) Set(ctx context.Context, key string, e backend.Entry) error {
	return f.perhaps(func() error {
		err := f.Store.Set(ctx, key, e)
		if id, ok := strings.CutSuffix(key, "/total"); ok && err == nil {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.total[id[strings.LastIndexByte(id, '/')+1:]] = time.Now()
		}
		return err
	})
}

// List is what nobody asks for: keys are computed.
func (f *flaky) List(context.Context, string) iter.Seq2[backend.Info, error] {
	panic("somebody lists the store")
}

func (f *flaky) Delete(ctx context.Context, key string) error {
	return f.perhaps(func() error { return f.Store.Delete(ctx, key) })
}

func (f *flaky) Lock(ctx context.Context, key string, ttl time.Duration) (l backend.Lease, err error) {
	err = f.perhaps(func() error { l, err = f.Store.Lock(ctx, key, ttl); return err })
	return flakyLease{l, f}, err
}

type flakyLease struct {
	backend.Lease
	of *flaky
}

func (l flakyLease) Commit(ctx context.Context, e backend.Entry) error {
	return l.of.perhaps(func() error { return l.Lease.Commit(ctx, e) })
}

// instance is one that runs, or did.
type instance struct {
	name     string
	ahead    time.Duration
	registry *metrics.Registry
	of       []*metrics.Recorder
	p        fleet.Publisher
	unsure   bool // whether what it last wrote was written
}

// event is a call of a function.
type event struct {
	of       *instance
	function string
	at       time.Time
}

// start is one of an instance, with what was called after a time.
type start struct {
	of    *instance
	after time.Time
}

// simulation is a fleet, and what really happened in it.
type simulation struct {
	t      *testing.T
	rng    *rand.Rand
	store  *flaky
	view   *fleet.View
	live   []*instance
	events []event
	acked  map[string][]time.Time // by start
	starts map[string]start
}

var functions = []string{"users.fetch", "orders.list", "prices"}

// align lets time pass until a whole ten milliseconds: whoever waits for a lease
// does so for any time.
func align() {
	now := time.Now()
	time.Sleep(now.Add(10 * time.Millisecond).Truncate(10 * time.Millisecond).Sub(now))
}

func (s *simulation) start(name string) {
	defer align()
	begun := time.Now()
	i := &instance{name: name, registry: metrics.NewRegistry(), ahead: time.Duration(s.rng.IntN(600_001)-300_000) * time.Millisecond}
	o := &fleet.Options{Instance: name, Version: fmt.Sprint("v", s.rng.IntN(3)), Labels: map[string]string{"region": fmt.Sprint("r", s.rng.IntN(2))}, Logger: slog.New(slog.DiscardHandler)}
	p, err := fleet.NewPublisher(s.t.Context(), s.store, o, i.ahead)
	switch {
	case errors.Is(err, errFlaky), errors.Is(err, backend.ErrHeld): // a lease whose taking failed stands for a while
		return
	case err != nil:
		s.t.Fatal(err)
	}
	i.p = p
	s.starts[p.ID()] = start{i, begun}
	s.live = append(s.live, i)
}

// call records a call of one of the functions, which come up one by one.
func (s *simulation) call(i *instance) {
	n := s.rng.IntN(len(functions))
	for len(i.of) <= n {
		i.of = append(i.of, traffic.Recorder(s.t, i.registry, functions[len(i.of)], metrics.RecorderOptions{Backend: "test"}))
	}
	i.of[n].Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.Miss.Reasons()[0], Duration: time.Duration(1+s.rng.IntN(1e9)) * time.Nanosecond})
	s.events = append(s.events, event{i, functions[n], time.Now()})
}

func (s *simulation) flush(i *instance, end bool) {
	defer align()
	before, taken := i.p.ID(), time.Now() // a store's lease may be waited for after that
	write := i.p.Flush
	if end {
		write = i.p.End
	}
	err := write(s.t.Context(), i.registry)
	if id := i.p.ID(); id != before { // it had not written for so long that it is another one
		after := s.starts[before].after
		if at, ok := s.store.total[before]; ok {
			after = at
		}
		s.starts[id] = start{i, after}
	}
	if i.unsure = err != nil; err == nil {
		s.acked[i.p.ID()] = append(s.acked[i.p.ID()], taken)
	}
}

// step does one thing, and lets time pass: whole tens of milliseconds, between
// which calls are.
func (s *simulation) step() {
	pass := func(d time.Duration) { time.Sleep(d.Truncate(10 * time.Millisecond)) }
	var i *instance
	n := 0
	if len(s.live) > 0 {
		n = s.rng.IntN(len(s.live))
		i = s.live[n]
	}
	switch what := s.rng.IntN(100); {
	case i == nil || what < 4 && len(s.live) < 6:
		s.start(fmt.Sprint("host", s.rng.IntN(4)))
	case what < 40:
		time.Sleep(5 * time.Millisecond)
		s.call(i)
		time.Sleep(5 * time.Millisecond)
	case what < 75:
		pass(time.Duration(s.rng.IntN(20_000)) * time.Millisecond)
		s.flush(i, false)
	case what < 80: // it crashes
		s.live = append(s.live[:n], s.live[n+1:]...)
	case what < 84: // it ends in order
		s.flush(i, true)
		s.live = append(s.live[:n], s.live[n+1:]...)
	case what < 88:
		s.store.fails = []float64{0, 0, 0.2, 1}[s.rng.IntN(4)]
	case what < 97:
		pass(time.Duration(s.rng.IntN(40)) * time.Minute)
	case what < 99:
		pass(time.Duration(s.rng.IntN(40)) * time.Hour)
	default:
		// Who doesn't know what was written, and is then folded by another, never
		// learns. Who is alone does.
		alone := s.rng.IntN(2) == 0
		s.live = slices.DeleteFunc(s.live, func(other *instance) bool { return alone && other != i || !alone && other.unsure })
		pass(9 * 24 * time.Hour)
		if alone {
			s.store.fails = 0
			s.flush(i, false)
		}
	}
}

// counted is how many events of a function there were in a start, after a time
// and until another.
func (s *simulation) counted(id, function string, after, until time.Time) (n uint64) {
	start := s.starts[id]
	for _, e := range s.events {
		if e.of == start.of && e.at.After(start.after) && e.function == function && e.at.After(after) && !e.at.After(until) {
			n++
		}
	}
	return n
}

// check compares what the view says with what was written.
func (s *simulation) check() {
	s.t.Helper()
	for id, times := range s.acked {
		if s.store.total[id].Before(times[len(times)-1]) {
			s.t.Errorf("start %s acknowledged what it didn't write", id)
		}
	}
	totals, err := s.view.Totals(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, g := range totals.By("function") {
		got[g.Values[0]] = g.Snapshot.Calls()
	}
	for _, f := range functions {
		var want uint64
		for id, at := range s.store.total {
			want += s.counted(id, f, time.Time{}, at)
		}
		if got[f] != want {
			s.t.Errorf("%s: %d calls in all, want %d", f, got[f], want)
		}
	}
	if totals.Skipped > 0 {
		s.t.Errorf("%d records skipped", totals.Skipped)
	}
	for _, d := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
		s.window(d, 0)
		s.window(d, time.Duration(s.rng.IntN(int(min(d, 8*24*time.Hour-d)))))
	}
}

// lastAcked is when a start last had all acknowledged, up to a time.
func (s *simulation) lastAcked(id string, until time.Time) (last time.Time) {
	for _, at := range s.acked[id] {
		if !at.After(until) {
			last = at
		}
	}
	return last
}

// window compares a window that ended a while ago, start by start, with what happened in the span that
// it says it covers, and that span with what was asked for.
func (s *simulation) window(d, ago time.Duration) {
	s.t.Helper()
	now := time.Now().Add(-ago)
	a, err := s.view.Between(s.t.Context(), now.Add(-d), now)
	if ago == 0 {
		a, err = s.view.Window(s.t.Context(), d)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	covered := map[string]bool{}
	for _, p := range a.Parts {
		covered[p.Start.ID] = true
		from, to := p.Snapshot.From, p.Snapshot.To
		if want := s.counted(p.Start.ID, p.Snapshot.Name, from, to); p.Snapshot.Calls() != want {
			s.t.Errorf("%s in %v: %d calls, want %d between %v and %v", p.Snapshot.Name, d, p.Snapshot.Calls(), want, from, to)
		}
		if begun := s.starts[p.Start.ID].after; from.After(now.Add(-d)) && from.After(begun.Add(time.Second)) {
			s.t.Errorf("asked for %v, and what is covered begins %v later; the start began %v before now", d, from.Sub(now.Add(-d)), now.Sub(begun))
		}
		if at := s.lastAcked(p.Start.ID, now); to.Add(2 * time.Millisecond).Before(at) { // records are to the millisecond
			s.t.Errorf("in %v: what was acknowledged %v ago is not covered, which ends %v ago", d, now.Sub(at), now.Sub(to))
		}
	}
	for id := range s.acked {
		if at := s.lastAcked(id, now); at.After(now.Add(-d)) && !covered[id] && s.counted(id, functions[0], time.Time{}, at) > 0 {
			s.t.Errorf("in %v: nothing of start %s, which was acknowledged %v ago", d, id, now.Sub(at))
		}
	}
	if a.Skipped > 0 {
		s.t.Errorf("%d records skipped", a.Skipped)
	}
}

// The view of a fleet is what its instances acknowledged, whatever happens to
// them, to their clocks and to the store.
func TestSchedules(t *testing.T) {
	seed := rand.Uint64()
	for n := range uint64(schedules) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, n))
			store := &flaky{Store: membackend.New(), rng: rng, total: map[string]time.Time{}}
			view, err := fleet.NewView(store, "")
			if err != nil {
				t.Fatal(err)
			}
			s := &simulation{t: t, rng: rng, store: store, view: view, acked: map[string][]time.Time{}, starts: map[string]start{}}
			for range 60 {
				s.step()
			}
			s.check()
			if t.Failed() {
				t.Logf("schedule %d of seed %d", n, seed)
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		if t.Failed() {
			return
		}
	}
}
