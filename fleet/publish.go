package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// Publish writes what all functions of g count to the store, every Options.Every
// until ctx is done and once more then. What it waits for takes 10 seconds at
// most, in the beginning and in the end. It blocks: run it in a goroutine and
// wait for that before the program ends. Each call is a start of its own in the
// fleet. A nil o means the defaults.
//
// First it has g remember what earlier starts of an instance of this name
// counted, so that windows of a day go on over a restart; see
// [metrics.Registry.Remember]. Where two instances have one name at the same
// time, the later one takes the earlier one's past for its own.
//
// Mistakes in the options, a store that is no [backend.Locker] and one that
// can't be used when Publish begins are errors at once. Later failures are
// logged, and counted as those of the exporter "fleet", see
// [metrics.Registry.ExportStats]; the next write has it all. Publish returns
// the error of the last write.
func Publish(ctx context.Context, store backend.Backend, g *metrics.Registry, o *Options) error {
	p, err := newPublisher(store, o)
	if err != nil {
		return err
	}
	if g == nil {
		return errors.New("fleet: there is no registry to publish")
	}
	if err := p.open(ctx, g); err != nil {
		return fmt.Errorf("fleet: the store can't be used: %w", err)
	}
	_ = metrics.Push(ctx, g, p, p.options.Every) // the last write has it all
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	return p.close(last, slices.Collect(g.Snapshots()))
}

// open joins the fleet and reads the history.
func (p *publisher) open(ctx context.Context, g *metrics.Registry) error {
	// A program that ends at once has counted something, too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openTime)
	defer cancel()
	if err := p.join(ctx); err != nil {
		return err
	}
	return p.resume(ctx, g)
}

// publisher is one start of an instance. It is an exporter that [metrics.Push]
// drives.
type publisher struct {
	store   backend.Locker
	keys    keys
	options Options
	log     limiter
	now     func() time.Time // never set back, and wrong as long as it is wrong

	mu        sync.Mutex // protects what follows
	id        string
	started   time.Time
	functions []function         // by number
	numbers   map[string]int     // of functions, by name and labels
	counts    []metrics.Snapshot // by number, what the registry had
	counted   time.Time          // when
	before    []metrics.Snapshot // by number, what belongs to an earlier start
	acked     []metrics.Snapshot // by number, the last counts whose total was written
	ackedAt   time.Time          // when they had been taken
	slots     [len(spans)]slot   // by the spans: a minute, ten, an hour
	late      []write            // records of what is over that have not been written
	written   time.Time          // when the total last was, or the start joined; on the wall clock
	closed    bool               // it is ending
	looked    time.Time          // when the roster last was read
}

// slot is a span that isn't over.
type slot struct {
	span
	number int64
	from   time.Time
	base   []metrics.Snapshot // by number, what had been counted before

	unwritten *write // its last record, until that is written
}

// write is a record that has to be written.
type write struct {
	key     string
	record  []byte
	expires time.Time
}

// mostLate bounds what is kept of a time in which the store couldn't be written
// to: about an hour of minutes. Beyond it the oldest records are lost, of which
// the totals still tell.
const mostLate = 64

func newPublisher(store backend.Backend, o *Options) (*publisher, error) {
	options, err := o.resolve()
	if err != nil {
		return nil, err
	}
	locker, ok := store.(backend.Locker)
	if !ok {
		return nil, errors.New("fleet: the store has no leases (backend.Locker), without which starts could lose each other")
	}
	p := &publisher{store: locker, keys: keysOf(options.Fleet), options: options, now: monotonic(), numbers: map[string]int{}}
	p.log.to = options.Logger
	p.begin()
	return p, nil
}

// monotonic is a clock that goes on from now whatever happens to the host's.
func monotonic() func() time.Time {
	began := time.Now()
	return func() time.Time { return began.Add(time.Since(began)) }
}

// begin makes p a new start, which has what was counted since the last total of
// the one before.
func (p *publisher) begin() {
	now := p.now()
	switch {
	case p.id == "":
		p.started = now
	case !p.ackedAt.IsZero():
		p.started = p.ackedAt
	}
	p.id, p.late = rand.Text()[:idLength], nil
	p.before, p.counted = p.acked, p.started
	for i, s := range spans {
		p.slots[i] = slot{s, s.number(now), p.started, p.before, nil}
	}
}

// Name implements [metrics.Namer].
func (p *publisher) Name() string { return "fleet" }

// Export implements [metrics.Exporter].
func (p *publisher) Export(ctx context.Context, b metrics.Batch) error {
	err := p.export(ctx, b.Totals)
	if err != nil && ctx.Err() == nil {
		p.log.warn("fleet: what was counted can't be written; the next try has it all", "error", err)
	}
	return err
}

func (p *publisher) export(ctx context.Context, counts []metrics.Snapshot) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.look(ctx); err != nil {
		return err
	}
	now := p.now()
	for i := range p.slots {
		p.roll(&p.slots[i], now)
	}
	p.late = p.late[max(0, len(p.late)-mostLate):]
	for _, s := range counts {
		p.count(s)
	}
	p.counted = now
	for i := range p.slots {
		p.slots[i].unwritten = p.spanRecord(&p.slots[i])
	}
	// The total first: it names the functions that the others number.
	if err := p.writeTotal(ctx); err != nil {
		return err
	}
	for len(p.late) > 0 {
		if err := p.write(ctx, p.late[0]); err != nil {
			return err
		}
		p.late = p.late[1:]
	}
	for i := range p.slots {
		if err := p.write(ctx, *p.slots[i].unwritten); err != nil {
			return err
		}
		p.slots[i].unwritten = nil
	}
	return nil
}

// roll begins the next span when that in a slot is over. It goes on from where
// counts were last taken, so that whatever is asked for of the time since is
// found in the span in which it ended.
func (p *publisher) roll(s *slot, now time.Time) {
	next := s.span.number(now)
	if next == s.number {
		return
	}
	if s.unwritten != nil {
		p.late = append(p.late, *s.unwritten)
	}
	*s = slot{s.span, next, p.counted, slices.Clone(p.counts), nil}
}

// count takes a snapshot in, as the next function if there was none like it.
func (p *publisher) count(s metrics.Snapshot) {
	identity := identify(s.Name, s.Labels)
	i, ok := p.numbers[identity]
	if !ok {
		i = len(p.functions)
		p.numbers[identity] = i
		p.functions = append(p.functions, function{
			Name: s.Name, Backend: s.Backend, Labels: s.Labels, Start: s.Start.UnixMilli(), Sampling: s.Sampling,
		})
		p.counts = append(p.counts, s)
	}
	p.counts[i] = s
}

// since is what a function counted after a base.
func since(s metrics.Snapshot, base []metrics.Snapshot, i int) metrics.Snapshot {
	if i < len(base) {
		return s.Minus(base[i])
	}
	return s
}

// spanRecord is what was counted in a span so far.
func (p *publisher) spanRecord(s *slot) *write {
	r := spanned{from: s.from, to: p.counted, layout: metrics.Layout{}.ID()}
	for i, c := range p.counts {
		if packed := since(c, s.base, i).AppendPacked(nil, s.length == time.Hour); len(packed) > 0 {
			r.counts = append(r.counts, counted{i, packed})
		}
	}
	return &write{p.keys.span(p.id, s.span, s.number), r.encode(), s.start(s.number + 1).Add(s.keep)}
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
	if err := p.write(ctx, write{p.keys.total(p.id), record, time.Time{}}); err != nil {
		return err
	}
	p.acked, p.ackedAt = slices.Clone(p.counts), p.counted
	p.written = time.Now().Round(0)
	return nil
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

// limiter logs once a minute at most.
type limiter struct {
	to   *slog.Logger // nil: slog.Default()
	mu   sync.Mutex   // protects last
	last time.Time
}

func (l *limiter) warn(text string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); l.last.IsZero() || now.Sub(l.last) >= time.Minute {
		l.last = now
		to := l.to
		if to == nil {
			to = slog.Default()
		}
		to.Warn(text, args...)
	}
}
