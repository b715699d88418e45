package fleet_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// service is a hundred functions on a store, of which a few are busy: their calls
// a minute fall off as in a power law, from six thousand to a few.
type service struct {
	registry *metrics.Registry
	of       []*metrics.Recorder
	rng      *rand.Rand
}

func newService(tb testing.TB, seed uint64) *service {
	tb.Helper()
	s := &service{registry: metrics.NewRegistry(), rng: rand.New(rand.NewPCG(seed, 1))}
	for i := range 100 {
		r, err := metrics.NewRecorder(fmt.Sprintf("service.function%d", i), metrics.RecorderOptions{Backend: "redis"})
		if err == nil {
			err = s.registry.Register(r)
		}
		if err != nil {
			tb.Fatal(err)
		}
		s.of = append(s.of, r)
	}
	return s
}

// minute is what happens in a part of a minute.
func (s *service) minute(part float64) {
	about := func(m time.Duration) time.Duration {
		return time.Duration(float64(m) * math.Exp(0.5*s.rng.NormFloat64()))
	}
	for i, r := range s.of {
		calls := int(part*6000/math.Pow(float64(i+1), 1.3) + s.rng.Float64())
		for range calls {
			get := about(300 * time.Microsecond)
			if s.rng.Float64() < 0.9 {
				r.BackendOperation(metrics.BackendGet, metrics.ResultOK, get)
				r.Record(metrics.Call{Outcome: metrics.Hit, Duration: get + 20*time.Microsecond, Overhead: get, Age: about(time.Minute), Cost: about(20 * time.Millisecond)})
				continue
			}
			compute := about(20 * time.Millisecond)
			r.BackendOperation(metrics.BackendGet, metrics.ResultNotFound, get)
			r.Compute(metrics.Computation{Duration: compute})
			r.Stored(int64(about(2000)))
			r.BackendOperation(metrics.BackendLock, metrics.ResultOK, get)
			r.BackendOperation(metrics.BackendSet, metrics.ResultOK, get)
			r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.Miss.Reasons()[0], Duration: compute + 3*get, Overhead: 3 * get, Age: metrics.Unknown})
		}
	}
}

// BenchmarkPublish is one write of an instance with a hundred functions.
func BenchmarkPublish(b *testing.B) {
	store := membackend.New()
	s := newService(b, 1)
	p, err := fleet.NewPublisher(b.Context(), store, nil, 0)
	if err != nil {
		b.Fatal(err)
	}
	s.minute(1)
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Flush(b.Context(), s.registry); err != nil {
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
