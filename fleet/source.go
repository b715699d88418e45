package fleet

import (
	"context"
	"iter"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// readTime bounds how long Snapshots reads.
const readTime = 10 * time.Second

var _ metrics.Source = (*View)(nil)

// Snapshots makes the view a [metrics.Source] for exporters and pages: one
// Snapshot per function and static labels, the sum over all instances and starts
// of everything they have counted, by name. It reads the store each time, for at
// most 10 seconds; if that fails, it yields none and logs why once a minute to
// slog.Default.
func (v *View) Snapshots() iter.Seq[metrics.Snapshot] {
	return func(yield func(metrics.Snapshot) bool) {
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		a, err := v.Totals(ctx)
		if err != nil {
			v.log.warn("fleet: the totals can't be read", "error", err)
			return
		}
		for _, s := range a.Functions() {
			if !yield(s) {
				return
			}
		}
	}
}
