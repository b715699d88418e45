package fleet_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/internal/traffic"
)

// BenchmarkPublish is one write of an instance with a hundred functions.
func BenchmarkPublish(b *testing.B) {
	store := membackend.New()
	s := traffic.New(b, 1, 100)
	p, err := fleet.NewPublisher(b.Context(), store, nil, 0)
	if err != nil {
		b.Fatal(err)
	}
	s.Minute(1)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Flush(b.Context(), s.Registry); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/10*100, "%-of-a-core")
	b.ReportMetric(float64(sizeOf(b, store, "/minute/"))/100, "B/function-minute")
	b.ReportMetric(float64(sizeOf(b, store, "/total"))/100, "B/function-total")
}

// sizeOf is the mean size of records.
func sizeOf(b *testing.B, store backend.Backend, kind string) (mean int64) {
	var n, bytes int64
	for i, err := range store.List(context.Background(), "cachier-fleet/") {
		if err != nil {
			b.Fatal(err)
		}
		if strings.Contains(i.Key, kind) {
			n++
			bytes += i.Size
		}
	}
	return bytes / max(n, 1)
}
