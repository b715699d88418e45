package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
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
// A registry is published to one fleet of a store by one call at a time; another
// one meanwhile is [ErrPublishing]. A later one goes on from there: the fleet
// counts everything once.
//
// First it has g remember what earlier starts of an instance of this name
// counted, so that windows of a day go on over a restart; see
// [metrics.Registry.Remember]. Where two instances have one name at the same
// time, the later one takes the earlier one's past for its own.
//
// Mistakes in the options, a store that is no [backend.Locker] and one that
// can't be used when Publish begins are errors at once. Later failures are
// logged, and counted as those of the exporter "fleet", see
// [metrics.Registry.ExportStats]; the next write has it all, in the minutes and
// hours in which it happened. Of an outage of more than two days minutes are given
// up, and counted as dropped, for "queue_full"; hours and totals stay. Publish
// returns the error of the last write.
func Publish(ctx context.Context, store backend.Backend, g *metrics.Registry, o *Options) error {
	p, err := newPublisher(store, o)
	if err != nil {
		return err
	}
	if g == nil {
		return errors.New("fleet: there is no registry to publish")
	}
	t, err := takeTurn(g, p)
	if err != nil {
		return err
	}
	if err := p.open(ctx, g, t); err != nil {
		t.end(nil)
		return fmt.Errorf("fleet: the store can't be used: %w", err)
	}
	defer t.end(p)
	p.over = ctx.Done()
	_ = metrics.Push(ctx, g, p, p.options.Every) // the last write has it all
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	return p.close(last, slices.Collect(g.Snapshots()))
}

// open reads the history and joins the fleet.
func (p *publisher) open(ctx context.Context, g *metrics.Registry, t *turn) error {
	// A program that ends at once has counted something, too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openTime)
	defer cancel()
	if t.last != nil {
		if err := p.goOn(ctx, t.last); err != nil {
			return err
		}
	}
	if !t.remembers() {
		spans, err := p.resume(ctx)
		if err != nil {
			return err
		}
		t.remember(g, spans)
	}
	return p.join(ctx)
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
	own       []string // IDs that it had, and those before it of its registry
	started   time.Time
	functions []function         // by number
	numbers   map[string]int     // of functions, by name and labels
	counts    []metrics.Snapshot // by number, what the registry had
	counted   time.Time          // when
	before    []metrics.Snapshot // by number, what belongs to an earlier start
	acked     []metrics.Snapshot // by number, the last counts whose total was written
	ackedAt   time.Time          // when they had been taken
	slots     [len(spans)]slot   // by the spans: a minute, ten, an hour
	late      []write            // records of what is over that have not been written, the oldest first
	dropped   uint64             // of those, how many were given up
	written   time.Time          // when the total last was, or the start joined; on the wall clock
	closed    bool               // it is ending
	looked    time.Time          // when the roster last was read

	// Who exports has these to itself.
	over   <-chan struct{} // done when Publish ends; nil: never
	due    bool            // it is time to fold
	unseen []listed        // starts that may be gone, not looked at yet
}

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
	now, another := p.now(), p.id != ""
	switch {
	case !another:
		p.started, p.counted = now, now
	case !p.ackedAt.IsZero():
		p.started = p.ackedAt
	}
	p.id, p.late, p.before = rand.Text()[:idLength], nil, p.acked
	p.own = append(p.own[max(0, len(p.own)-mostStarts):], p.id)
	for i, s := range spans {
		// Another start's first span is written also where nothing was counted: it tells since when that is so.
		p.slots[i] = slot{s, s.number(now), p.started, p.before, another || len(p.counts) > 0}
	}
}
