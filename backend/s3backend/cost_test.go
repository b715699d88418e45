package s3backend_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
)

// What docs/backends.md says calls cost is what is asked of the server.
func TestWhatCallsCost(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	client := connect(t, server.S3Access)
	for name, c := range map[string]struct {
		store              backend.Backend
		miss, hit, dropped [4]float64 // GETs, PUTs, listings, deletions
	}{
		"without leases": {s3backend.New(client, server.Bucket, &s3backend.Options{Prefix: "a/"}), [4]float64{1, 1}, [4]float64{1}, [4]float64{0, 0, 0, 1}},
		"with leases":    {s3backend.NewLocker(client, server.Bucket, &s3backend.Options{Prefix: "b/"}), [4]float64{3, 2}, [4]float64{1}, [4]float64{1, 0, 0, 1}},
	} {
		f := cachier.Must(cachier.New("f", func(_ context.Context, n int) (int, error) { return n, nil },
			cachier.WithBackend(c.store), cachier.WithRegistry(metrics.NewRegistry()), cachier.WithLogger(slog.New(slog.DiscardHandler))))
		asked := func() (n [4]float64) {
			readings, err := backend.Probe(ctx, c.store)
			must(t, err)
			for i := range n {
				n[i] = readings[i].Value
			}
			return n
		}
		expect := func(what string, want [4]float64, run func() error) {
			t.Helper()
			before := asked()
			must(t, run())
			after := asked()
			for i := range after {
				after[i] -= before[i]
			}
			if after != want {
				t.Errorf("%s, %s: %v, want %v", what, name, after, want)
			}
		}
		must(t, second(f.Call(ctx, 0))) // the first lease also asks whether conditions are heeded
		expect("a miss", c.miss, func() error { return second(f.Call(ctx, 1)) })
		expect("a hit", c.hit, func() error { return second(f.Call(ctx, 1)) })
		expect("a deletion", c.dropped, func() error { return f.Delete(ctx, 1) })
		expect("a count", [4]float64{0, 0, 1}, func() error { return second(backend.Size(ctx, c.store, "")) })
		must(t, f.Close(ctx))
	}
}
