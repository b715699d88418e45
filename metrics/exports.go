package metrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// ExportStat is what became of one exporter's work, by reason: the series
// cachier_export_errors_total and cachier_dropped_total.
type ExportStat struct {
	Exporter string
	Reason   string // of errors: timeout, canceled or error; of drops what the exporter says
	Errors   uint64 // exports that failed
	Dropped  uint64 // data given up
}

// ExportAccounting is an optional interface of a [Source] that knows what
// became of its exports. A [*Registry] does.
type ExportAccounting interface {
	ExportStats() []ExportStat
}

// exports counts failures, and remembers how far each exporter has got.
type exports struct {
	mu      sync.Mutex // protects all; no other lock is taken with it
	stats   map[exportKey]*ExportStat
	cursors map[Exporter]*cursor
}

type exportKey struct{ exporter, reason string }

// ExportStats returns what became of the exports of this registry that [Push]
// drove, by exporter and reason. It is empty as long as nothing went wrong.
func (g *Registry) ExportStats() []ExportStat {
	e := &g.exports
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []ExportStat
	for _, s := range e.stats {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b ExportStat) int {
		return cmp.Or(cmp.Compare(a.Exporter, b.Exporter), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}

// stat returns the count of one exporter and reason. The lock must be held.
func (e *exports) stat(exporter, reason string) *ExportStat {
	k := exportKey{exporter, reason}
	if e.stats[k] == nil {
		if e.stats == nil {
			e.stats = map[exportKey]*ExportStat{}
		}
		e.stats[k] = &ExportStat{Exporter: exporter, Reason: reason}
	}
	return e.stats[k]
}

// account takes down how one export went.
func (e *exports) account(c *cursor, err error) {
	var dropped map[string]uint64
	if d, ok := c.exporter.(Dropper); ok {
		dropped = d.Dropped()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.stat(c.name, failure(err)).Errors++
	}
	for reason, n := range dropped {
		if n > c.dropped[reason] {
			e.stat(c.name, reason).Dropped += n - c.dropped[reason]
		}
	}
	c.dropped = maps.Clone(dropped)
}

// failure is the label text for an error.
func failure(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return ResultTimeout.String()
	case errors.Is(err, context.Canceled):
		return ResultCanceled.String()
	default:
		return ResultError.String()
	}
}

// exporterName is the name an exporter is counted under.
func exporterName(e Exporter) string {
	if n, ok := e.(Namer); ok {
		return n.Name()
	}
	return fmt.Sprintf("%T", e)
}
