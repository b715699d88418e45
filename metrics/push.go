package metrics

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/cachier-go/cachier/internal/identity"
)

// ErrPushing is returned by [Push] for an exporter that another Push of the
// same registry drives already.
var ErrPushing = errors.New("cachier: this exporter is being pushed to already")

// flushTimeout bounds the last export, after ctx is done.
const flushTimeout = 5 * time.Second

// Push hands e a batch of r's metrics every so often, until ctx is done; then
// once more, with a context of its own of at most 5 seconds, so that the last
// counts aren't lost. It blocks: run it in a goroutine and wait for that before
// the program ends.
//
//	go func() { done <- metrics.Push(ctx, metrics.Default(), exporter, 10*time.Second) }()
//
// Each exporter has a cursor of its own, so several don't take counts from each
// other. The first batch has everything since counting began; one that fails is
// repeated within the next. An exporter that is pushed to again, after a Push
// returned, goes on where it was, if it is comparable, such as a pointer.
// Failures are counted, see [Registry.ExportStats].
//
// Push returns the error of the last export, nil if it succeeded. A nil
// registry or exporter, or a time of 0 or less, is an error at once; so is an
// exporter that is being pushed to, [ErrPushing].
func Push(ctx context.Context, r *Registry, e Exporter, every time.Duration) error {
	switch {
	case r == nil:
		return errors.New("cachier: push needs a registry")
	case e == nil:
		return errors.New("cachier: push needs an exporter")
	case every <= 0:
		return fmt.Errorf("cachier: can't push every %v", every)
	}
	c, err := r.exports.cursor(e)
	if err != nil {
		return err
	}
	defer r.exports.release(c)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if ctx.Err() == nil { // else it would fail, and count as a failure
				_ = r.export(ctx, c) // counted; the next one has it all
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
			defer cancel()
			return r.export(last, c)
		}
	}
}

// cursor is how far one exporter has got. It belongs to the Push that drives
// the exporter.
type cursor struct {
	exporter Exporter
	name     string
	busy     bool // a Push drives it; protected by exports.mu
	sent     map[string]Snapshot
	others   map[string]float64 // of the counters that belong to no function
	from     time.Time
	dropped  map[string]uint64
}

func (e *exports) cursor(exporter Exporter) (*cursor, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := reflect.ValueOf(exporter).Comparable()
	if known {
		if c := e.cursors[exporter]; c != nil {
			if c.busy {
				return nil, fmt.Errorf("%w: %s", ErrPushing, c.name)
			}
			c.busy = true
			return c, nil
		}
	}
	c := &cursor{exporter: exporter, name: exporterName(exporter), busy: true}
	if known {
		if e.cursors == nil {
			e.cursors = map[Exporter]*cursor{}
		}
		e.cursors[exporter] = c
	}
	return c, nil
}

func (e *exports) release(c *cursor) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c.busy = false
}

// export sends one batch and moves the cursor if that succeeds.
func (g *Registry) export(ctx context.Context, c *cursor) error {
	b := Batch{From: c.from, To: time.Now(), Totals: slices.Collect(g.Snapshots())}
	sent := make(map[string]Snapshot, len(b.Totals))
	for _, total := range b.Totals {
		key := identity.Of(total.Name, total.Labels)
		sent[key] = total
		b.Deltas = append(b.Deltas, total.Minus(c.sent[key]))
		if c.from.IsZero() && (b.From.IsZero() || total.From.Before(b.From)) {
			b.From = total.From
		}
	}
	if b.From.IsZero() {
		b.From = b.To
	}
	var others map[string]float64
	b.Others, others = since(c.others, g.others(ctx))
	err := c.exporter.Export(ctx, b)
	g.exports.account(c, err)
	if err == nil {
		c.sent, c.others, c.from = sent, others, b.To
	}
	return err
}
