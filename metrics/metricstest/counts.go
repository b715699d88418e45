package metricstest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

var countChecks = []check{
	{name: "add up", why: "what a target adds up over all batches is the total, of every series", run: func(s *session) {
		f := s.function("f", metrics.RecorderOptions{})
		for n := range 4 {
			traffic(f, n+1)
			s.push()
		}
		s.settle()
	}},
	{name: "idle", why: "nothing is added when nothing has happened", run: func(s *session) {
		traffic(s.function("f", metrics.RecorderOptions{}), 3)
		for range 4 {
			s.push()
		}
		s.settle()
	}},
	{name: "large", why: "counts are exact to the last one however large they are", run: func(s *session) {
		var hits atomic.Uint64
		f := s.function("f", metrics.RecorderOptions{Hits: hits.Load})
		for _, n := range []uint64{1, 49, 1_000_003, 123_456_789} {
			hits.Add(1000 * n)
			f.SampleHit(metrics.HitSample{Weight: n, Duration: time.Microsecond, Age: time.Second, Cost: time.Second})
			s.push()
		}
		s.settle()
	}},
	{name: "late and retired", why: "functions come late, and the counts of those that ended stay", run: func(s *session) {
		early := s.function("early", metrics.RecorderOptions{})
		traffic(early, 1)
		s.push()
		traffic(early, 2)
		s.registry.Retire(early)
		traffic(s.function("late", metrics.RecorderOptions{}), 3)
		s.push()
		traffic(s.function("early", metrics.RecorderOptions{}), 4)
		s.settle()
	}},
	{name: "gauges", why: "of a gauge the last value counts, also when it falls, and when it is 0", run: func(s *session) {
		var now atomic.Pointer[metrics.Gauges]
		now.Store(&metrics.Gauges{})
		s.function("f", metrics.RecorderOptions{Gauges: func(g *metrics.Gauges) { *g = *now.Load() }})
		for _, n := range []int64{1 << 40, 7, 0, 3} {
			tier := metrics.TierGauges{Entries: n, EntriesLimit: 2 * n, Size: 3 * n, SizeLimit: 4 * n, SizeAge: time.Duration(n) * time.Millisecond}
			now.Store(&metrics.Gauges{Tiers: [2]metrics.TierGauges{tier, tier}, CircuitRead: int8(n & 1), CircuitWrite: 0})
			s.push()
			s.eventually(s.arrived)
		}
		s.settle()
	}},
	{name: "no function", why: "what belongs to no function is sent too: counters by what was added, gauges as they are", run: func(s *session) {
		waits := metrics.Reading{Name: "waits", Unit: "{wait}", Counter: true}.Metric()
		idle := metrics.Reading{Name: "idle", Unit: "{connection}"}.Metric()
		for n := range 4 {
			s.others = map[string]other{
				"waits": {waits, []metrics.Label{{Name: "backend", Value: "redis"}}, float64(n * n), s.others["waits"].sent},
				"idle":  {idle, []metrics.Label{{Name: "backend", Value: "redis"}}, float64(1 - n), 0},
			}
			s.push()
		}
		s.settle()
	}},
	{name: "two exporters", why: "exporters of one registry take nothing from each other", run: func(s *session) {
		other, target := s.h.New(s)
		f := s.function("f", metrics.RecorderOptions{})
		exporters := []metrics.Exporter{s.exporter, other}
		var pushing sync.WaitGroup
		stop := make(chan struct{})
		for i, e := range exporters {
			pushing.Go(func() { s.pushUntil(stop, e, time.Duration(1+2*i)*time.Millisecond) })
		}
		for range 100 {
			traffic(f, 1)
			time.Sleep(100 * time.Microsecond) // so that there are several batches
		}
		close(stop)
		pushing.Wait()
		s.eventually(s.arrived)
		s.eventually(func() error { return s.at(target) })
	}},
}
