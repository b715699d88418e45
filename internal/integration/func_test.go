package integration_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// TestPrometheusAgreesWithFunc lets a real Prometheus scrape a cached function, from the first call to Close, with
// evictions, errors and stale values, and compares all it knows with the function's own Snapshot.
func TestPrometheusAgreesWithFunc(t *testing.T) {
	registry := metrics.NewRegistry()
	errOdd := errors.New("every seventh fails")
	f, err := cachier.New("squares", func(_ context.Context, n int) (int, error) {
		if n%7 == 6 {
			return 0, errOdd
		}
		return n * n, nil
	}, cachier.WithRegistry(registry), cachier.WithMaxEntries(100), cachier.WithTTL(20*time.Millisecond),
		cachier.WithStaleWhileRevalidate(time.Minute), cachier.WithSampling(1))
	if err != nil {
		t.Fatal(err)
	}
	p := startPrometheus(t, serve(t, registry))

	var calls sync.WaitGroup
	for g := range 4 {
		calls.Go(func() {
			for i := range 20_000 {
				n := (i*i + g) % 300
				if _, err := f.Call(t.Context(), n); err != nil && !errors.Is(err, errOdd) {
					t.Error(err)
				}
			}
		})
	}
	calls.Wait()
	if err := f.Close(t.Context()); err != nil { // ends the refreshes behind, so that nothing changes any more
		t.Fatal(err)
	}
	p.scrapedSince(t, time.Now())
	if calls := f.Metrics().Snapshot().Calls(); calls != 80_000 {
		t.Errorf("%d calls counted, want 80000", calls)
	}
	compare(t, p, registry)
	quantilesAgree(t, p, f.Metrics().Snapshot())
}
