package cloudwatchexport_test

import (
	"testing"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/export/internal/cwtest"
	"github.com/cachier-go/cachier/export/internal/exporttest"
	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// The whole suite, through AWS's own client.
func TestConformance(t *testing.T) {
	t.Parallel() // it waits now and then
	metricstest.Run(t, metricstest.Harness{New: func(t testing.TB) (metrics.Exporter, metricstest.Target) {
		e, server := start(t, cloudwatchexport.Options{Metrics: cloudwatchexport.All(), Attempts: 1})
		return e, metricstest.Target{
			Received: func(s metricstest.Series) (float64, bool) { return cwtest.Received(s, server.Of) },
			Break:    func(after int) { server.Break(after, unavailable) },
			Hang:     func() { server.Hang(false) },
			Mend:     server.Mend,
		}
	}})
}

func TestConcurrent(t *testing.T) {
	e, server := start(t, cloudwatchexport.Options{})
	exporttest.Concurrently(t.Context(), t, e, cloudwatchexport.ErrClosed, func(cache string) float64 {
		got, _ := server.Of("requests", map[string]string{"cache": cache, "outcome": "coalesced"})
		return got.Sum
	})
}
