package emfexport_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/cachier-go/cachier/export/emfexport"
	"github.com/cachier-go/cachier/export/internal/cwtest"
	"github.com/cachier-go/cachier/export/internal/exporttest"
	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// The whole suite. The writer of which a part is taken is one that fails in the
// midst of a line. Nothing can interrupt a Write, so it can't hang.
func TestConformance(t *testing.T) {
	for _, cut := range []int{0, 100} {
		t.Run(fmt.Sprint("cut at ", cut), func(t *testing.T) {
			metricstest.Run(t, metricstest.Harness{New: func(t testing.TB) (metrics.Exporter, metricstest.Target) {
				e, l := start(t, emfexport.Options{Metrics: emfexport.All()})
				l.cut = cut
				return e, metricstest.Target{
					Received: func(s metricstest.Series) (float64, bool) { return cwtest.Received(s, l.of) },
					Break:    l.breakAfter, Mend: l.mend,
				}
			}})
		})
	}
}

// start returns an exporter, and the log that it writes.
func start(t testing.TB, o emfexport.Options) (*emfexport.Exporter, *journal) {
	t.Helper()
	l := newJournal(t)
	o.Logger = slog.New(slog.DiscardHandler)
	e, err := emfexport.New(l, &o)
	if err != nil {
		t.Fatal(err)
	}
	return e, l
}

func TestConcurrent(t *testing.T) {
	e, l := start(t, emfexport.Options{})
	exporttest.Concurrently(t.Context(), t, e, emfexport.ErrClosed, func(cache string) float64 {
		got, _ := l.of("requests", map[string]string{"cache": cache, "outcome": "coalesced"})
		return got.Sum
	})
}
