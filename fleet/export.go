package fleet

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/identity"
	"github.com/cachier-go/cachier/metrics"
)

// Name implements [metrics.Namer].
func (p *publisher) Name() string { return "fleet" }

// Export implements [metrics.Exporter].
func (p *publisher) Export(ctx context.Context, b metrics.Batch) error {
	err := p.export(ctx, b.Totals)
	if err == nil && !p.ends() { // what others counted comes last, and can wait
		err = p.fold(ctx)
	}
	if err != nil && ctx.Err() == nil {
		p.log.warn("fleet: what was counted can't all be written; the next try has it all", "error", err)
	}
	return err
}

func (p *publisher) ends() bool {
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}

// export takes counts in, whatever the store does, and writes what isn't written.
func (p *publisher) export(ctx context.Context, counts []metrics.Snapshot) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(counts)
	looked := p.look(ctx)
	if looked != nil && !errors.Is(looked, ErrNewerVersion) {
		return looked
	}
	// Records of its own a start writes even where it can't read the shared ones.
	if err := p.writeOwn(ctx); err != nil {
		return err
	}
	return looked
}

// take takes down what was counted, and what is over.
func (p *publisher) take(counts []metrics.Snapshot) {
	now := p.now()
	for i := range p.slots {
		p.roll(&p.slots[i], now)
	}
	p.boundLate(now)
	for _, s := range counts {
		p.count(s)
	}
	p.counted = now
	for i := range p.slots {
		p.slots[i].pending = true
	}
}

// count takes a snapshot in, as the next function if there was none like it.
func (p *publisher) count(s metrics.Snapshot) {
	key := identity.Of(s.Name, s.Labels)
	i, ok := p.numbers[key]
	if !ok {
		i = len(p.functions)
		p.numbers[key] = i
		p.functions = append(p.functions, function{
			Name: s.Name, Backend: s.Backend, Labels: s.Labels, Start: s.Start.UnixMilli(), Sampling: s.Sampling,
		})
		p.counts = append(p.counts, s)
	}
	p.counts[i] = s
}

// writeOwn writes the records of this start. The total comes first: it names the
// functions that the others number.
func (p *publisher) writeOwn(ctx context.Context) error {
	if err := p.writeTotal(ctx); err != nil {
		return err
	}
	for len(p.late) > 0 {
		if err := p.write(ctx, p.late[0]); err != nil {
			return err
		}
		p.late[0] = write{} // the array stays for a while
		p.late = p.late[1:]
	}
	for i := range p.slots {
		s := &p.slots[i]
		if err := p.write(ctx, p.spanRecord(s)); err != nil {
			return err
		}
		s.pending = false
	}
	return nil
}

// writeTotal writes everything that this start has counted.
func (p *publisher) writeTotal(ctx context.Context) error {
	t := total{
		ID: p.id, Instance: p.options.Instance, Version: p.options.Version, Labels: p.options.Labels,
		Started: p.started.UnixMilli(), At: p.now().UnixMilli(), Every: p.options.Every.Milliseconds(), Closed: p.closed, Layout: metrics.Layout{}.Text(),
		Functions: p.functions,
	}
	for i, s := range p.counts {
		f := &t.Functions[i]
		f.packed = since(s, p.before, i).AppendPacked(f.packed[:0], true)
		if f.Gauges = nil; !p.closed {
			f.Gauges = s.PackGauges()
		}
	}
	record, err := t.encode()
	if err != nil {
		return err
	}
	if err := p.write(ctx, write{key: p.keys.total(p.id), record: record}); err != nil {
		return err
	}
	p.acked, p.ackedAt = slices.Clone(p.counts), p.counted
	p.written = time.Now().Round(0)
	return nil
}

// write is a record that has to be written.
type write struct {
	key     string
	record  []byte
	expires time.Time     // on the start's clock; zero: never
	length  time.Duration // of its span; 0: it has none
}

// write writes one record. The store is told times on the host's clock of now.
func (p *publisher) write(ctx context.Context, w write) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	e := backend.Entry{Value: w.record, Created: time.Now()}
	if !w.expires.IsZero() {
		e.Expires = e.Created.Add(w.expires.Sub(p.now()))
	}
	return p.store.Set(ctx, w.key, e)
}

// close writes everything for the last time, and that this start has ended.
func (p *publisher) close(ctx context.Context, counts []metrics.Snapshot) error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	return p.export(ctx, counts)
}
