package fleet

import (
	"context"
	"iter"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// readTime bounds how long Snapshots reads.
const readTime = 10 * time.Second

var _ metrics.FallibleSource = (*View)(nil)

// Snapshots makes the view a [metrics.Source] for exporters and pages: one
// Snapshot per function and static labels, the sum over all instances and starts
// of everything they have counted, by name. It reads the store each time, for at
// most 10 seconds; if that fails, it yields none and logs why once a minute to
// slog.Default. Exporters call ReadSnapshots, and say that they can't.
func (v *View) Snapshots() iter.Seq[metrics.Snapshot] {
	return func(yield func(metrics.Snapshot) bool) {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		all, err := v.ReadSnapshots(ctx)
		if err != nil {
			v.log.warn("fleet: the totals can't be read", "error", err)
			return
		}
		for _, s := range all {
			if !yield(s) {
				return
			}
		}
	}
}

// ReadSnapshots implements [metrics.FallibleSource]: it returns what Snapshots
// yields, or the store's error. It is [ErrNewerVersion], too, where a newer version
// wrote the record of the starts that are gone: without them all counts would fall.
func (v *View) ReadSnapshots(ctx context.Context) ([]metrics.Snapshot, error) {
	f, err := v.read(ctx)
	if err == nil && f.newer {
		err = ErrNewerVersion
	}
	if err != nil {
		return nil, err
	}
	return f.totals().Functions(), nil
}
