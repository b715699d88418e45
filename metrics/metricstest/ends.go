package metricstest

import (
	"context"
	"errors"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

var endChecks = []check{
	{name: "flush", why: "the last counts go out when the program ends, with nothing after them", run: func(s *session) {
		f := s.function("f", metrics.RecorderOptions{})
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		for range 2 {
			traffic(f, 2)
			if err := metrics.Push(ctx, s.registry, s.exporter, time.Hour); err != nil {
				s.Errorf("Push: %v", err)
			}
			s.eventually(s.arrived)
		}
	}},
	{name: "flush after a failure", breaks: true, why: "the last export has what could not be sent before", run: func(s *session) {
		f := s.function("f", metrics.RecorderOptions{})
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		s.target.Break(0)
		for range 3 {
			traffic(f, 2)
			_ = metrics.Push(ctx, s.registry, s.exporter, time.Hour)
		}
		s.target.Mend()
		traffic(f, 2)
		s.eventually(func() error {
			return errors.Join(metrics.Push(ctx, s.registry, s.exporter, time.Hour), s.arrived())
		})
	}},
}

// pushUntil pushes until stop is closed, and until the last push has worked.
func (s *session) pushUntil(stop <-chan struct{}, e metrics.Exporter, every time.Duration) {
	ctx, cancel := context.WithCancel(s.Context())
	pushed := make(chan error, 1)
	go func() { pushed <- metrics.Push(ctx, s.registry, e, every) }()
	<-stop
	cancel()
	err := <-pushed
	for deadline := time.Now().Add(patience); err != nil && time.Now().Before(deadline); {
		err = metrics.Push(ctx, s.registry, e, every)
	}
	if err != nil {
		s.Errorf("Push: %v", err)
	}
}
