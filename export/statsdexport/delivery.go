package statsdexport

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// delivery is one export. Its exporter's lock is held.
type delivery struct {
	*Exporter
	ctx  context.Context
	pace pace
	sent int   // packets of the batch
	lost int   // lines of the batch that no packet, or no network, has room for
	err  error // what stopped the sending
}

// deliver sends what is left of an earlier batch, and then b. It returns an error
// if nothing of b was sent.
func (e *Exporter) deliver(ctx context.Context, b metrics.Batch) error {
	if e.link.old() { // the next connection would not know
		_ = e.recallLast() // it is sent again
	}
	if err := e.link.open(ctx); err != nil {
		e.notice.Failed(err)
		return err
	}
	defer e.link.interrupt(ctx)()
	d := &delivery{Exporter: e, ctx: ctx}
	if e.options.PacketRate > 0 {
		d.pace.every = time.Second / time.Duration(e.options.PacketRate)
	}
	if d.again() {
		d.batch(b)
	}
	if d.err != nil {
		e.notice.Failed(d.err)
	}
	if d.err != nil && d.sent == 0 {
		return d.err // all of it will come again
	}
	if d.lost > 0 {
		d.drops.Add("too_long", d.lost)
	}
	return nil
}

// recallLast puts the packet that was sent last in front of the queue if it is
// known not to have arrived, and returns why.
func (e *Exporter) recallLast() error {
	last, err := e.link.refused()
	if err != nil {
		e.queue = slices.Insert(e.queue, 0, last)
	}
	return err
}

// again sends what was left, and reports whether that worked.
func (d *delivery) again() bool {
	for len(d.queue) > 0 && d.err == nil {
		if d.err = d.write(d.queue[0]); tooLarge(d.err) {
			d.err = nil
			d.drops.Add("too_long", d.queue[0].lines)
		}
		if d.err == nil {
			d.queue = d.queue[1:]
		}
	}
	if before, ok := recalled(d.err); ok {
		d.queue = slices.Insert(d.queue, 0, before)
	}
	if len(d.queue) == 0 {
		d.queue = nil
	}
	return d.err == nil
}

// batch sends b. Once a packet of it has been sent, the others that can't be are
// kept.
func (d *delivery) batch(b metrics.Batch) {
	p := &packer{
		size:    d.options.MaxPacket,
		ship:    d.ship,
		tooLong: func(lines int) { d.lost += lines },
	}
	for _, delta := range b.Deltas {
		d.encode.function(delta, p)
		if d.err != nil && d.sent == 0 {
			return
		}
	}
	d.encode.others(b.Others, p)
	p.flush()
}

// ship sends one packet of the batch, or keeps it.
func (d *delivery) ship(p packet) {
	if d.err == nil {
		switch err := d.write(p); {
		case err == nil:
			d.sent++
			return
		case tooLarge(err):
			d.lost += p.lines
			return
		default:
			d.err = err
		}
		if before, ok := recalled(d.err); ok {
			d.recall(before)
		}
	}
	if d.sent > 0 {
		d.keep(p)
	}
}

// recall takes the packet before back. If it was the first of the batch, nothing
// of that was sent, and all of it will come again.
func (d *delivery) recall(before packet) {
	d.sent--
	if d.sent != 0 {
		d.keep(before)
	}
	d.sent = max(0, d.sent)
}

// keep puts a packet into the queue, or gives it up if that is full.
func (d *delivery) keep(p packet) {
	if len(d.queue) >= d.options.Queue && !d.stopped() {
		d.drops.Add("queue_full", p.lines)
		return
	}
	d.queue = append(d.queue, packet{append([]byte(nil), p.text...), p.lines})
}

// stopped reports whether the export was stopped in its midst by whoever asked
// for it, and not by the server. A program that ends sends the rest at once, so it
// is kept beyond the bound: it is never more than one batch.
func (d *delivery) stopped() bool { return errors.Is(d.ctx.Err(), context.Canceled) }

// write sends a packet in its turn.
func (d *delivery) write(p packet) error {
	d.pace.wait(d.ctx)
	return d.link.write(d.ctx, p)
}

// tooLarge reports whether a packet was refused that no network takes.
func tooLarge(err error) bool { return errors.Is(err, syscall.EMSGSIZE) }

// recalled returns the packet that an error says has not arrived either.
func recalled(err error) (packet, bool) {
	var r refusal
	ok := errors.As(err, &r)
	return r.packet, ok
}
