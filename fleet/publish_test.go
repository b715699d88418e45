package fleet_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// program is a function that is called, and published as long as it runs.
type program struct {
	t        *testing.T
	registry *metrics.Registry
	r        *metrics.Recorder
	stop     context.CancelFunc
	done     chan error
}

func run(t *testing.T, store backend.Backend, o *fleet.Options) *program {
	t.Helper()
	p := &program{t: t, registry: metrics.NewRegistry(), done: make(chan error, 1)}
	p.r = traffic.Recorder(t, p.registry, "f", metrics.RecorderOptions{})
	ctx, stop := context.WithCancel(t.Context())
	p.stop = stop
	go func() { p.done <- fleet.Publish(ctx, store, p.registry, o) }()
	synctest.Wait()
	return p
}

func (p *program) call(n int) {
	for range n {
		p.r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Millisecond, Age: metrics.Unknown})
	}
}

func (p *program) end() {
	p.t.Helper()
	p.stop()
	if err := <-p.done; err != nil {
		p.t.Error(err)
	}
}

func totals(t *testing.T, store backend.Backend) *fleet.Answer {
	t.Helper()
	v, err := fleet.NewView(store, "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := v.Totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What a program counted is in the fleet when it has ended, and in its windows
// when it has started again; its totals begin anew.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		o := &fleet.Options{Instance: "a", Every: time.Minute}
		p := run(t, store, o)
		for range 5 {
			p.call(10)
			time.Sleep(time.Hour)
		}
		p.call(3)
		p.end()
		other := run(t, store, &fleet.Options{Instance: "b"})
		other.call(100)
		other.end()

		time.Sleep(2 * time.Minute)
		p = run(t, store, o)
		p.call(1)
		if n := p.r.Window(24 * time.Hour).Calls(); n != 54 {
			t.Errorf("%d calls in a day, want 54", n)
		}
		if n := p.r.Window(time.Hour).Calls(); n != 4 {
			t.Errorf("%d calls in an hour, want 4", n)
		}
		if n := p.r.Snapshot().Calls(); n != 1 {
			t.Errorf("%d calls since the start, want 1", n)
		}
		time.Sleep(2 * time.Minute)
		a := totals(t, store)
		if n := a.Sum().Calls(); n != 154 {
			t.Errorf("%d calls in all, want 154", n)
		}
		states := map[string]int{}
		for _, s := range a.Starts {
			states[s.Instance+" "+s.State.String()]++
		}
		if states["a gone"] != 1 || states["a live"] != 1 || states["b gone"] != 1 {
			t.Errorf("starts %v", states)
		}
		p.end()
	})
}

// Two instances of one name are two, and one that was not heard of for a while
// is stale.
func TestInstances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		o := &fleet.Options{Instance: "a", Version: "v1", Labels: map[string]string{"region": "north"}}
		first, second := run(t, store, o), run(t, store, o)
		first.call(1)
		second.call(2)
		time.Sleep(11 * time.Second)
		groups := totals(t, store).By("function", "instance", "version", "region", "none")
		if len(groups) != 1 || strings.Join(groups[0].Values, " ") != "f a v1 north " || groups[0].Snapshot.Calls() != 3 {
			t.Errorf("%+v", groups)
		}
		if a := totals(t, store); len(a.Starts) != 2 || len(a.Parts) != 2 || a.Parts[0].Start.ID == a.Parts[1].Start.ID {
			t.Errorf("%d starts, %d parts", len(a.Starts), len(a.Parts))
		}
		first.end()
		second.end()
	})
}

// lockless is a store without leases.
type lockless struct{ backend.Backend }

// What can't work is an error at once that says what; what stops working later is
// logged, counted, and made up for.
func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, g, deadStore := t.Context(), metrics.NewRegistry(), newOutageStore()
		deadStore.is(dead)
		long := strings.Repeat("x", 201)
		many := map[string]string{}
		for i := range 21 {
			many[strings.Repeat("x", i+1)] = ""
		}
		for want, err := range map[string]error{
			"leases":         fleet.Publish(ctx, lockless{membackend.New()}, g, nil),
			"registry":       fleet.Publish(ctx, membackend.New(), nil, nil),
			"201 bytes":      fleet.Publish(ctx, membackend.New(), g, &fleet.Options{Instance: long}),
			"Labels are 21":  fleet.Publish(ctx, membackend.New(), g, &fleet.Options{Labels: many}),
			"Every":          fleet.Publish(ctx, membackend.New(), g, &fleet.Options{Every: time.Hour}),
			"none for a fl":  fleet.Publish(ctx, membackend.New(), g, &fleet.Options{Fleet: "a/b"}),
			"can't be used":  fleet.Publish(ctx, deadStore, g, nil),
			"store is nil":   second(fleet.NewView(nil, "")),
			"none for a fle": second(fleet.NewView(membackend.New(), "\n")),
		} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "fleet: ") {
				t.Errorf("%v; want it to say %q", err, want)
			}
		}

		var log bytes.Buffer
		store := newOutageStore()
		p := run(t, store, &fleet.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		p.call(1)
		time.Sleep(11 * time.Second)
		store.is(readOnly)
		p.call(10)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := totals(t, store).Sum().Calls(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
		if n := strings.Count(log.String(), "refused"); n < 9 || n > 11 {
			t.Errorf("logged %d times in 10 minutes", n)
		}
		stats := p.registry.ExportStats()
		if len(stats) != 1 || stats[0].Exporter != "fleet" || stats[0].Errors != 60 {
			t.Errorf("counted %+v", stats)
		}
		store.is(none)
		time.Sleep(11 * time.Second)
		if n := totals(t, store).Sum().Calls(); n != 11 {
			t.Errorf("%d calls, want 11", n)
		}
		p.end()
	})
}

func second[T any](_ T, err error) error { return err }

// Records that are damaged or somebody else's are skipped and counted, whichever
// they are; a roster that was lost is written again.
func TestDamage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		begin(t, store, "gone", 4)
		time.Sleep(9 * 24 * time.Hour)
		p := run(t, store, &fleet.Options{Instance: "p", Every: time.Minute})
		q := run(t, store, &fleet.Options{Instance: "q", Every: time.Minute})
		p.call(1)
		q.call(2)
		time.Sleep(25*time.Minute + 11*time.Second) // so that windows are made of all kinds of records
		last := map[string]string{}                 // keys, by kind
		for i, err := range store.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			if !i.Expires.IsZero() && time.Now().After(i.Expires) {
				continue
			}
			parts := strings.Split(i.Key, "/")
			kind := parts[min(3, len(parts)-1)]
			last[kind] = max(last[kind], i.Key)
		}
		v, err := fleet.NewView(store, "")
		if err != nil {
			t.Fatal(err)
		}
		read := func(what string) {
			t.Helper()
			a, err := v.Totals(t.Context())
			skipped := 0
			for _, d := range []time.Duration{time.Minute, 10 * time.Minute, 25 * time.Minute, time.Hour} {
				w, errW := v.Window(t.Context(), d)
				if err != nil || errW != nil {
					t.Fatalf("%s: %v, %v", what, err, errW)
				}
				skipped += w.Skipped
				if w.Sum().Calls() > 3 {
					t.Errorf("%s: too many calls in %v", what, d)
				}
			}
			switch what {
			case "roster", "total", "folded":
				if a.Skipped != 1 || a.Sum().Calls() >= 7 {
					t.Errorf("%s: %d calls in all, %d skipped", what, a.Sum().Calls(), a.Skipped)
				}
			default:
				if a.Skipped != 0 || a.Sum().Calls() != 7 || skipped == 0 {
					t.Errorf("%s: %d calls in all, %d skipped, and %d in windows", what, a.Sum().Calls(), a.Skipped, skipped)
				}
			}
		}
		for _, kind := range []string{"roster", "folded", "total", "minute", "ten", "hour"} {
			key := last[kind]
			e, err := store.Get(t.Context(), key)
			if err != nil {
				t.Fatal(kind, err)
			}
			good := e.Value
			for i := 0; i <= len(good); i += 1 + len(good)/5 {
				for _, bad := range [][]byte{good[:i], append(bytes.Clone(good[:i]), "xyz"...)} {
					if bytes.Equal(bad, good) {
						continue
					}
					e.Value = bad
					if err := store.Set(t.Context(), key, e); err != nil {
						t.Fatal(err)
					}
					read(kind)
				}
			}
			e.Value = good
			if err := store.Set(t.Context(), key, e); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Delete(t.Context(), "cachier-fleet/default/roster"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Minute)
		if a := totals(t, store); a.Sum().Calls() != 7 || a.Skipped != 0 {
			t.Errorf("when the roster was lost: %d calls, %d skipped", a.Sum().Calls(), a.Skipped)
		}
		p.end()
		q.end()
	})
}
