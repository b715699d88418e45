package fleet_test

import (
	"bytes"
	"errors"
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

const (
	rosterKey = "cachier-fleet/default/roster"
	foldedKey = "cachier-fleet/default/folded"
)

func totalKey(id string) string { return "cachier-fleet/default/" + id + "/total" }

// value is what is stored under a key; nil for nothing.
func value(t testing.TB, store *membackend.Store, key string) []byte {
	t.Helper()
	e, err := store.Get(t.Context(), key)
	if err != nil {
		return nil
	}
	return e.Value
}

// change changes what is stored under a key.
func change(t *testing.T, store *membackend.Store, key string, to func([]byte) ([]byte, error)) {
	t.Helper()
	e, err := store.Get(t.Context(), key)
	if err == nil {
		e.Value, err = to(e.Value)
	}
	if err == nil {
		err = store.Set(t.Context(), key, e)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// reformat has a newer version write a record in a format of its own, or the
// version of now in the one that it knows.
func reformat(t *testing.T, store *membackend.Store, key string) {
	t.Helper()
	change(t, store, key, func(record []byte) ([]byte, error) { return fleet.FromNewer(record), nil })
}

// A roster in a newer format is left as it is. Who is on it goes on with records of
// its own, counts that, and uses the roster again when it can read it; who isn't,
// and who asks, learns why.
func TestRosterOfANewerFormat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		store := membackend.New()
		p := run(t, store, &fleet.Options{Instance: "p", Logger: slog.New(slog.NewTextHandler(&log, nil))})
		p.call(1)
		time.Sleep(11 * time.Second)
		old := value(t, store, rosterKey)
		own := totalKey(totals(t, store).Starts[0].ID)
		reformat(t, store, rosterKey)
		newer := value(t, store, rosterKey)

		p.call(2)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if !bytes.Equal(value(t, store, rosterKey), newer) {
			t.Error("the roster was changed")
		}
		if stats := p.registry.ExportStats(); len(stats) != 1 || stats[0].Errors < 25 || stats[0].Errors > 31 || !strings.Contains(log.String(), "newer version") {
			t.Errorf("counted %+v, logged %s", stats, log.String())
		}
		v, err := fleet.NewView(store, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Window(t.Context(), time.Hour); !errors.Is(err, fleet.ErrNewerVersion) {
			t.Errorf("the view says %v", err)
		}
		if err := fleet.Publish(t.Context(), store, metrics.NewRegistry(), nil); !errors.Is(err, fleet.ErrNewerVersion) {
			t.Errorf("a new start says %v", err)
		}
		if at, err := store.Get(t.Context(), own); err != nil || time.Since(at.Created) > 11*time.Second {
			t.Errorf("its own record is %v old, %v", time.Since(at.Created), err)
		}

		change(t, store, rosterKey, func([]byte) ([]byte, error) { return fleet.WithNewField(old) })
		errorsBefore := p.registry.ExportStats()[0].Errors
		q := run(t, store, &fleet.Options{Instance: "q"})
		q.call(10)
		time.Sleep(10 * time.Minute)
		if a := totals(t, store); a.Sum().Calls() != 13 || len(a.Starts) != 2 || a.Skipped != 0 {
			t.Errorf("%d calls of %d starts, %d skipped", a.Sum().Calls(), len(a.Starts), a.Skipped)
		}
		if n := p.registry.ExportStats()[0].Errors; n != errorsBefore {
			t.Errorf("%d errors more", n-errorsBefore)
		}
		p.end()
		q.end()
	})
}

// byHand is a start with one function that a test drives.
type byHand struct {
	fleet.Publisher
	t        testing.TB
	registry *metrics.Registry
}

func begin(t testing.TB, store backend.Backend, instance string, calls int) byHand {
	t.Helper()
	g := metrics.NewRegistry()
	r := traffic.Recorder(t, g, "f", metrics.RecorderOptions{})
	for range calls {
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Millisecond, Age: metrics.Unknown})
	}
	p, err := fleet.NewPublisher(t.Context(), store, &fleet.Options{Instance: instance, Logger: slog.New(slog.DiscardHandler)}, 0)
	if err == nil {
		err = p.Flush(t.Context(), g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return byHand{p, t, g}
}

// days lets days pass, in which p writes now and then, and returns the last error.
func (p byHand) days(n int) (err error) {
	for range 2 * n {
		time.Sleep(12 * time.Hour)
		err = p.Flush(p.t.Context(), p.registry)
	}
	return err
}

// Starts that are gone are folded by who knows all that they counted, and added
// to a record that it can read. Until somebody does, nothing is lost.
func TestFoldingOverVersions(t *testing.T) {
	unknown := func(layout string) string {
		return strings.Replace(layout, "0 cachier.requests outcome=miss reason=absent\n", "0 cachier.news outcome=miss\n", 1)
	}
	known := func(layout string) string {
		return strings.Replace(layout, "0 cachier.news outcome=miss\n", "0 cachier.requests outcome=miss reason=absent\n", 1)
	}
	relayout := func(change func(string) string) func([]byte) ([]byte, error) {
		return func(record []byte) ([]byte, error) { return fleet.WithLayout(record, change) }
	}
	format := func(record []byte) ([]byte, error) { return fleet.FromNewer(record), nil }
	for name, test := range map[string]struct {
		folded    bool // the record of those that are gone is newer; else that of one that is gone
		there     func([]byte) ([]byte, error)
		back      func([]byte) ([]byte, error)
		readable  uint64 // calls, as long as it is newer
		skipped   int
		wantError bool
	}{
		"the format of a start":     {false, format, format, 100 + 10, 1, false},
		"the metrics of a start":    {false, relayout(unknown), relayout(known), 100 + 10 + 1, 0, false},
		"the format of the folded":  {true, format, format, 100 + 1, 1, true},
		"the metrics of the folded": {true, relayout(unknown), relayout(known), 100 + 10 + 1, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := membackend.New()
				lives := begin(t, store, "lives", 100)
				begin(t, store, "before", 10)
				if err := lives.days(9); err != nil {
					t.Fatal(err)
				}
				gone := begin(t, store, "gone", 1)
				key := totalKey(gone.ID())
				if test.folded {
					key = foldedKey
				}
				change(t, store, key, test.there)
				newer := value(t, store, key)
				if err := lives.days(9); errors.Is(err, fleet.ErrNewerVersion) != test.wantError {
					t.Error(err)
				}
				if !bytes.Equal(value(t, store, key), newer) {
					t.Error("the newer record was changed")
				}
				if value(t, store, totalKey(gone.ID())) == nil {
					t.Error("what was not folded is gone")
				}
				if a := totals(t, store); a.Sum().Calls() != test.readable || a.Skipped != test.skipped {
					t.Errorf("%d calls and %d records skipped, want %d and %d", a.Sum().Calls(), a.Skipped, test.readable, test.skipped)
				}

				v, err := fleet.NewView(store, "")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := v.ReadSnapshots(t.Context()); errors.Is(err, fleet.ErrNewerVersion) != (test.readable < 110) {
					t.Errorf("as a source it says %v", err)
				}

				change(t, store, key, test.back)
				if err := lives.days(1); err != nil {
					t.Error(err)
				}
				if a := totals(t, store); a.Sum().Calls() != 111 || a.Skipped != 0 || len(a.Starts) != 1 {
					t.Errorf("later %d calls of %d starts, %d skipped", a.Sum().Calls(), len(a.Starts), a.Skipped)
				}
				if value(t, store, totalKey(gone.ID())) != nil {
					t.Error("what was folded still has its record")
				}
			})
		})
	}
}
