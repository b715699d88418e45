package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/cmd/cachier/internal/trace"
	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// Options say through what a trace is fed.
type Options struct {
	MaxEntries int           // 0: not bounded by entries, if there is MaxWeight; else cachier.DefaultMaxEntries
	MaxWeight  int64         // bytes; 0: not bounded by weight; needs a trace with sizes
	TTL        time.Duration // in the trace's time; 0: none; needs a trace with times

	// Progress is told now and then that the replay has gone on. May be nil.
	Progress func()
}

// ErrNoTimes and ErrNoSizes refuse options that the trace has no data for.
var (
	ErrNoTimes = errors.New("the trace has no times, which a time-to-live needs")
	ErrNoSizes = errors.New("the trace has no sizes, which a bound by weight needs")
)

// Run replays the trace to its end, or until ctx ends: the report then covers
// what has been replayed so far and says so. A trace that is found to be bad is
// an error.
func Run(ctx context.Context, t *trace.Reader, o Options) (*Report, error) {
	if o.TTL > 0 && !t.Columns().Time {
		return nil, ErrNoTimes
	}
	if o.MaxWeight > 0 && !t.Columns().Size {
		return nil, ErrNoSizes
	}
	if t.Format().Numeric() {
		return run(ctx, t, o, func(a *trace.Access) uint64 { return a.ID })
	}
	return run(ctx, t, o, func(a *trace.Access) string { return a.Key })
}

// value stands for what the traced program cached.
type value struct {
	size int64         // bytes
	cost time.Duration // -1: unknown
}

// player is one replay under way.
type player[K comparable] struct {
	f   *cachier.Func[K, value]
	key func(*trace.Access) K

	at       *trace.Access // the one being replayed, then the last one
	now      int64         // the trace's time as a reading of the clock, which is never 0
	computed bool          // the function ran for it
	windows  *windows
	money    costs
	accesses uint64
	cached   time.Duration // wall time spent in calls
}

// costs add up the trace's costs. The metrics can't: they time the function,
// which takes no time here, and only a sample of the hits.
type costs struct {
	computed, saved time.Duration
}

func run[K comparable](ctx context.Context, t *trace.Reader, o Options, key func(*trace.Access) K) (_ *Report, err error) {
	p := &player[K]{key: key, now: 1}
	registry := metrics.NewRegistry()
	if p.f, err = cachier.New("replay", p.compute, p.options(t, o, registry)...); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.f.Close(context.WithoutCancel(ctx))) }()
	p.windows = newWindows(t.Columns().Time, p.tally)

	start := time.Now()
	complete, err := p.play(ctx, t, o.Progress)
	if err != nil {
		return nil, err
	}
	p.windows.close()
	return p.report(t, o, complete, time.Since(start)), nil
}

func (p *player[K]) options(t *trace.Reader, o Options, registry *metrics.Registry) []cachier.Option {
	list := []cachier.Option{
		cachier.WithRegistry(registry),
		cachier.WithSizer(func(_ K, v value) int64 { return v.size }),
	}
	if o.MaxEntries > 0 {
		list = append(list, cachier.WithMaxEntries(o.MaxEntries))
	}
	if o.MaxWeight > 0 {
		list = append(list, cachier.WithMaxWeight(o.MaxWeight))
	}
	if o.TTL > 0 {
		list = append(list, cachier.WithTTL(o.TTL))
	}
	if t.Columns().Time {
		list = append(list, clock.Option(func() int64 { return p.now }).(cachier.Option))
	}
	return list
}

// compute is the cached function.
func (p *player[K]) compute(context.Context, K) (value, error) {
	p.computed = true
	// What has no known size still takes room.
	return value{max(1, p.at.Size), p.at.Cost}, nil
}

// batchSize is how many accesses are read before they are replayed, so that
// the clock is read, and ctx asked, twice a batch and not for each access.
const batchSize = 1024

// play replays the trace, and reports whether it came to its end.
func (p *player[K]) play(ctx context.Context, t *trace.Reader, progress func()) (complete bool, err error) {
	calls := context.WithoutCancel(ctx) // an interrupt ends the replay between calls
	batch := make([]trace.Access, batchSize)
	for ctx.Err() == nil {
		n, err := t.Read(batch)
		start := time.Now()
		for i := range batch[:n] {
			if err := p.access(calls, &batch[i]); err != nil {
				return false, err
			}
		}
		p.cached += time.Since(start)
		if progress != nil {
			progress()
		}
		switch {
		case err == io.EOF:
			return true, nil
		case err != nil:
			return false, err
		}
	}
	return false, nil
}

func (p *player[K]) access(ctx context.Context, a *trace.Access) error {
	p.windows.before(a.Time, p.accesses)
	p.at, p.now, p.computed = a, int64(a.Time)+1, false
	v, err := p.f.Call(ctx, p.key(a))
	if err != nil {
		return fmt.Errorf("replaying access %d: %w", p.accesses+1, err)
	}
	p.accesses++
	if v.cost > 0 {
		if p.computed {
			p.money.computed += v.cost
		} else {
			p.money.saved += v.cost
		}
	}
	return nil
}

// tally reads the counters of this moment.
func (p *player[K]) tally() tally { return tallyOf(p.f.Metrics().Snapshot(), p.money) }
