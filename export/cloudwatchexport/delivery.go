package cloudwatchexport

import (
	"context"
	"errors"

	"github.com/cachier-go/cachier/export/internal/cwdata"
	"github.com/cachier-go/cachier/metrics"
)

// delivery is one export. It is its exporter's turn.
type delivery struct {
	*Exporter
	ctx   context.Context
	taken int   // requests of the batch whose fate is known
	err   error // what stopped the sending
}

// deliver sends what is left of an earlier batch, and then b. It returns an error
// if nothing of b was taken.
func (e *Exporter) deliver(ctx context.Context, b metrics.Batch) error {
	ctx, cancel := context.WithTimeout(ctx, e.options.Timeout)
	defer cancel()
	d := &delivery{Exporter: e, ctx: ctx}
	e.lost = map[string]int{}
	if d.again() {
		d.batch(b)
	}
	if d.err != nil {
		e.notice.Failed(d.err)
	}
	if d.err != nil && d.taken == 0 {
		return d.err // all of it will come again
	}
	for reason, data := range d.lost {
		d.drops.Add(reason, data)
	}
	return nil
}

// again sends what was left, and reports whether that worked.
func (d *delivery) again() bool {
	for len(d.queue) > 0 {
		if d.err = d.put(d.queue[0]); d.err != nil {
			return false
		}
		d.queue[0] = request{} // the rest of the array lives on
		d.queue = d.queue[1:]
	}
	d.queue = nil
	return true
}

// batch sends b. Once a request of it was taken, the others that aren't are kept.
func (d *delivery) batch(b metrics.Batch) {
	p := newPacker(cwdata.Stamp(b.To), d.options.Resolution, d.ship)
	for set := range d.encode.Batch(b) {
		p.add(set)
		if d.err != nil && d.taken == 0 {
			return
		}
	}
	p.finish()
}

// ship sends one request of the batch, or keeps it.
func (d *delivery) ship(r request) (kept bool) {
	if d.err == nil {
		if d.err = d.put(r); d.err == nil {
			d.taken++
			return false
		}
	}
	switch {
	case d.taken == 0:
		return false
	case len(d.queue) >= d.options.Queue && !d.stopped():
		d.drops.Add("queue_full", len(r.data))
		return false
	default:
		d.queue = append(d.queue, r)
		return true
	}
}

// stopped reports whether the export was stopped in its midst by whoever asked
// for it, and not by CloudWatch. A program that ends sends the rest at once, so it
// is kept beyond the bound: it is never more than one batch.
func (d *delivery) stopped() bool { return errors.Is(d.ctx.Err(), context.Canceled) }
