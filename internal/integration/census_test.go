package integration_test

import (
	"context"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// square is a function to cache.
func square(_ context.Context, n int) (int, error) { return n * n, nil }

// onBackend returns what a function's metrics say of its store, once they do.
func onBackend(t *testing.T, r *metrics.Recorder) metrics.TierGauges {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		g := r.Snapshot().Gauges().Tiers[metrics.TierBackend]
		if g.Entries >= 0 {
			return g
		}
		if time.Now().After(end) {
			t.Fatal("the entries were not counted within a minute")
		}
	}
}

// withStore registers a function over SQLite that has been called, and whose entries have been counted.
func withStore(t *testing.T, registry *metrics.Registry) {
	t.Helper()
	f, err := cachier.New("squares", square, cachier.WithRegistry(registry),
		cachier.WithBackend(overSQLite(t, openSQLite(t, t.TempDir()))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close(context.Background()) })
	if _, err := f.Call(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	onBackend(t, f.Metrics())
}

// TestSizesOfRealStores has one function count what is stored, and another, as of another process, read that.
func TestSizesOfRealStores(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var known []metrics.TierGauges
			var opts []cachier.Option
			if name == "s3" { // which is not asked unless somebody wants it
				opts = append(opts, cachier.WithSizeInterval(5*time.Minute))
			}
			for range 2 {
				f, err := cachier.New("squares", square, quiet(append(opts, cachier.WithBackend(open(t, dir)))...)...)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = f.Close(context.Background()) })
				for n := range 5 * (len(known) + 1) {
					if _, err := f.Call(t.Context(), n); err != nil {
						t.Fatal(err)
					}
				}
				known = append(known, onBackend(t, f.Metrics()))
			}
			if known[0].Entries != 5 || known[1].Entries != 5 || known[0].Identity != known[1].Identity || known[1].SizeAge < known[0].SizeAge {
				t.Errorf("one function knows %+v, the other %+v; want the same 5 entries, of one store", known[0], known[1])
			}
		})
	}
}
