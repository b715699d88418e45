package metricstest

import (
	"context"
	"fmt"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

var failureChecks = []check{
	{name: "down at first", breaks: true, why: "a target that isn't there yet gets all of it when it comes", run: func(s *session) {
		s.target.Break(0)
		traffic(s.function("f", metrics.RecorderOptions{}), 2)
		_ = s.export(s.Context()) // an error, or it keeps everything
		s.target.Mend()
		s.settle()
	}},
	{name: "down", breaks: true, why: "what is counted while the target is down arrives when it is back, once", run: func(s *session) {
		f := s.function("f", metrics.RecorderOptions{})
		for range 2 {
			traffic(f, 1)
			s.push()
			s.target.Break(0)
			for range 5 {
				traffic(f, 1)
				_ = s.export(s.Context())
			}
			s.target.Mend()
			s.settle()
		}
	}},
	{name: "half", breaks: true, why: "of a batch of which a part was sent, the rest arrives later, and nothing twice", run: func(s *session) {
		var all []*metrics.Recorder
		for i := range 20 {
			all = append(all, s.function(fmt.Sprint("f", i), metrics.RecorderOptions{}))
		}
		for after := 1; after <= 6; after++ {
			for _, f := range all {
				traffic(f, 1)
			}
			s.target.Break(after)
			for range 3 {
				_ = s.export(s.Context())
				traffic(all[after], 1)
			}
			s.target.Mend()
			s.settle()
		}
	}},
	{name: "broken again", breaks: true, why: "a target that fails again while the rest is being sent loses nothing either", run: func(s *session) {
		var all []*metrics.Recorder
		for i := range 20 {
			all = append(all, s.function(fmt.Sprint("f", i), metrics.RecorderOptions{}))
		}
		for _, f := range all {
			traffic(f, 1)
		}
		for range 6 {
			s.target.Break(2)
			_ = s.export(s.Context())
			traffic(all[0], 1)
		}
		s.target.Mend()
		s.settle()
	}},
	{name: "hanging", hangs: true, why: "an exporter returns soon after its context is done, whatever the target does", run: func(s *session) {
		f := s.function("f", metrics.RecorderOptions{})
		traffic(f, 1)
		s.push()
		s.target.Hang()
		for range 3 {
			traffic(f, 1)
			ctx, cancel := context.WithTimeout(s.Context(), 50*time.Millisecond)
			s.exportSoon(ctx)
			cancel()
		}
		s.target.Mend()
		s.settle()
	}},
	{name: "context over", why: "a context that is over costs no counts", run: func(s *session) {
		f := s.function("f", metrics.RecorderOptions{})
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		for range 3 {
			traffic(f, 1)
			s.exportSoon(ctx)
		}
		s.settle()
	}},
}

// exportSoon exports with a context that is over, or soon will be.
func (s *session) exportSoon(ctx context.Context) {
	s.Helper()
	done := make(chan struct{})
	go func() { // ends with the export
		defer close(done)
		_ = s.export(ctx)
	}()
	select {
	case <-done:
	case <-time.After(soon):
		s.Fatalf("Export goes on %v after its context", soon)
	}
}
