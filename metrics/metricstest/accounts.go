package metricstest

import (
	"sync"

	"github.com/cachier-go/cachier/metrics"
)

var accountChecks = []check{
	{name: "drops", why: "what was given up is counted by reason, for any goroutine, in a map of the caller's", run: func(s *session) {
		d, ok := s.exporter.(metrics.Dropper)
		if !ok {
			s.Log("LEFT OUT: the exporter is no Dropper")
			return
		}
		f := s.function("f", metrics.RecorderOptions{})
		var reading sync.WaitGroup
		reading.Go(func() {
			last := map[string]uint64{}
			for range 1000 {
				now := d.Dropped()
				for reason, n := range last {
					if now[reason] < n {
						s.Errorf("%q fell from %d to %d", reason, n, now[reason])
					}
				}
				last = now
			}
		})
		for range 10 {
			traffic(f, 1)
			s.push()
		}
		reading.Wait()
		if m := d.Dropped(); m != nil {
			m["written by the caller"] = 1
		}
		if n := d.Dropped()["written by the caller"]; n != 0 {
			s.Error("the map is the exporter's own")
		}
		s.settle()
	}},
	{name: "name", why: "an exporter is counted under a name that never changes", run: func(s *session) {
		n, ok := s.exporter.(metrics.Namer)
		if !ok {
			s.Log("LEFT OUT: the exporter is no Namer")
			return
		}
		before := n.Name()
		traffic(s.function("f", metrics.RecorderOptions{}), 1)
		s.push()
		if after := n.Name(); before == "" || after != before {
			s.Errorf("it was called %q and is called %q", before, after)
		}
	}},
}
