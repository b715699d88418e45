package metrics

import (
	"context"
	"time"
)

// Exporter sends metrics to a monitoring system. [Push] drives it, from one
// goroutine at a time.
type Exporter interface {
	// Export sends one batch. When it returns an error, nothing of the batch
	// counts as sent: the next one has the same changes again, and what came
	// since. An exporter that sent a part therefore keeps the rest itself, in a
	// bounded queue, and returns nil; what it gives up it counts, see
	// [Dropper]. It retries and sets time-outs as its system needs, and returns
	// soon after ctx is done.
	//
	// The batch's slices are the exporter's to read until it returns; the
	// snapshots in them are values.
	Export(ctx context.Context, b Batch) error
}

// ExporterFunc makes an Exporter of a function.
type ExporterFunc func(ctx context.Context, b Batch) error

// Export calls f.
func (f ExporterFunc) Export(ctx context.Context, b Batch) error { return f(ctx, b) }

// Dropper is an optional interface of exporters that give data up.
type Dropper interface {
	// Dropped returns how many data were given up so far, by reason. It is
	// called after each Export and must be safe for concurrent use.
	Dropped() map[string]uint64
}

// Namer is an optional interface of exporters: the name they are counted
// under, such as "statsd". Without it the name of the type serves.
type Namer interface {
	Name() string
}

// Batch is what happened since the last batch that was sent.
type Batch struct {
	From, To time.Time
	Deltas   []Snapshot // what changed between From and To, one per function, in the order of Totals
	Totals   []Snapshot // everything since counting began

	// Others is what belongs to no function: failures of exports, and what stores
	// tell of themselves. Counters are what was added between From and To.
	Others []Series
}

// Select returns the part of b that keep wants, judged by the totals, and what
// belongs to no function; all of b when keep is nil.
func (b Batch) Select(keep func(Snapshot) bool) Batch {
	if keep == nil {
		return b
	}
	part := Batch{From: b.From, To: b.To, Others: b.Others}
	for i, total := range b.Totals {
		if keep(total) {
			part.Totals = append(part.Totals, total)
			part.Deltas = append(part.Deltas, b.Deltas[i])
		}
	}
	return part
}
