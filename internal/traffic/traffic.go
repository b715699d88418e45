// Package traffic has functions be called, as those of a busy service are or in
// every way that is counted, for the tests and benchmarks of what their metrics go
// through.
package traffic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// Service is a number of functions on a store, of which a few are busy: their
// calls a minute fall off as in a power law, from six thousand to a few.
type Service struct {
	Registry *metrics.Registry
	of       []*metrics.Recorder
	rng      *rand.Rand
}

// New returns a service of so many functions, of which nothing was called yet.
func New(tb testing.TB, seed uint64, functions int) *Service {
	tb.Helper()
	s := &Service{Registry: metrics.NewRegistry(), rng: rand.New(rand.NewPCG(seed, 1))}
	for i := range functions {
		s.of = append(s.of, Recorder(tb, s.Registry, fmt.Sprintf("service.function%d", i), metrics.RecorderOptions{Backend: "redis"}))
	}
	return s
}

// Minute has happen what happens in a part of a minute.
func (s *Service) Minute(part float64) {
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
