package metricstest_test

import (
	"testing"

	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// How the author of an exporter tests it: the exporter, and how to look up what
// has reached its target.
func Example() {
	test := func(t *testing.T) { // func TestConformance(t *testing.T)
		metricstest.Run(t, metricstest.Harness{
			New: func(testing.TB) (metrics.Exporter, metricstest.Target) {
				to := &memory{known: map[string]float64{}, left: -1} // here: a server, just started
				return &exporter{to: to}, to.target()
			},
		})
	}
	_ = test
}
