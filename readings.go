package cachier

import (
	"context"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// tellOf lets a registry read what the backend tells of itself, until close. A
// backend that several Funcs use is read once.
func (e *engine[K, V]) tellOf(r *metrics.Registry) {
	if e.store == nil || !backend.CanProbe(e.store.backend) {
		return
	}
	b := e.store.backend
	e.store.untold = r.AddStore(metrics.Store{
		Key: b, Backend: e.kind,
		Read: func(ctx context.Context) ([]metrics.Reading, error) {
			probed, err := backend.Probe(ctx, b)
			readings := make([]metrics.Reading, 0, len(probed))
			for _, p := range probed {
				readings = append(readings, metrics.Reading{
					Name: p.Name, Help: p.Help, Unit: p.Unit, Counter: p.Counter, Value: p.Value,
				})
			}
			return readings, err
		},
	})
}
