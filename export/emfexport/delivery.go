package emfexport

import (
	"context"
	"io"

	"github.com/cachier-go/cachier/export/internal/cwdata"
	"github.com/cachier-go/cachier/metrics"
)

// line is a line, or what is left of it.
type line struct {
	text []byte
	data int
}

// delivery is one export. Its exporter's lock is held.
type delivery struct {
	*Exporter
	ctx   context.Context
	begun bool  // something of the batch was written
	err   error // what stopped the writing
}

// deliver writes what is left of an earlier batch, and then b. It returns an
// error if nothing of b was written.
func (e *Exporter) deliver(ctx context.Context, b metrics.Batch) error {
	e.lost = map[string]int{}
	d := &delivery{Exporter: e, ctx: ctx}
	if d.again() {
		d.batch(b)
	}
	if d.err != nil {
		e.notice.Failed(d.err)
		if !d.begun {
			return d.err // all of it will come again
		}
	}
	for reason, data := range d.lost {
		d.drops.Add(reason, data)
	}
	return nil
}

// again writes what was left, and reports whether that worked.
func (d *delivery) again() bool {
	for i := range d.queue {
		l := &d.queue[i]
		n := d.write(*l)
		d.queued -= n
		l.text = l.text[n:]
		if d.err != nil {
			d.queue = d.queue[i:]
			return false
		}
		l.text = nil // the rest of the array lives on
	}
	d.queue = nil
	return true
}

// batch writes b. Once it has begun, what can't be written is kept.
func (d *delivery) batch(b metrics.Batch) {
	c := newComposer(d.options, cwdata.Stamp(b.To), d.ship, func(data int) { d.lost[cwdata.TooLong] += data })
	for set := range d.encode.Batch(b) {
		c.add(set)
		if d.err != nil && !d.begun {
			return
		}
	}
}

// ship writes one line of the batch, or keeps it.
func (d *delivery) ship(l line) {
	if d.err == nil {
		n := d.write(l)
		d.begun = d.begun || n > 0
		if d.err == nil {
			return
		}
		l.text = l.text[n:]
		if n > 0 {
			d.keep(l) // or the log would have half a line
			return
		}
	}
	switch {
	case !d.begun:
	case d.queued+len(l.text) > d.options.Queue:
		d.drops.Add("queue_full", l.data)
	default:
		d.keep(l)
	}
}

func (d *delivery) keep(l line) {
	l.text = append([]byte(nil), l.text...)
	d.queue, d.queued = append(d.queue, l), d.queued+len(l.text)
}

// write writes a line, of which it returns how much was written. A batch that has
// begun is not left off when its time is over: what fails is the writer.
func (d *delivery) write(l line) (n int) {
	if d.err = d.ctx.Err(); d.err != nil && !d.begun {
		return 0
	}
	n, d.err = d.to.Write(l.text)
	n = min(max(n, 0), len(l.text))
	if d.err == nil && n < len(l.text) {
		d.err = io.ErrShortWrite
	}
	if n == len(l.text) {
		d.err = nil // it says it has it all
	}
	return n
}
