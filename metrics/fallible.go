package metrics

import (
	"context"
	"slices"
)

// FallibleSource is an optional interface of a [Source] that may not be able to
// tell, because it asks a store.
type FallibleSource interface {
	Source

	// ReadSnapshots returns what Snapshots yields, or why that isn't known. It
	// returns soon after ctx is done. The slice is the caller's.
	ReadSnapshots(ctx context.Context) ([]Snapshot, error)
}

// ReadSnapshots returns all snapshots of a source. Only one that is a
// [FallibleSource] can fail. The slice is the caller's.
func ReadSnapshots(ctx context.Context, src Source) ([]Snapshot, error) {
	if f, ok := src.(FallibleSource); ok {
		return f.ReadSnapshots(ctx)
	}
	return slices.Collect(src.Snapshots()), nil
}
