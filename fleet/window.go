package fleet

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// Window returns what the fleet counted in the last d. Longer ones than 8 days
// count as that. It is put together from minutes where they are kept, within the
// last 3 hours, and from hours before; From and To of the answer say what it
// covers.
func (v *View) Window(ctx context.Context, d time.Duration) (*Answer, error) {
	now := v.now()
	return v.Between(ctx, now.Add(-min(max(d, 0), keepHour)), now)
}

// Between returns what the fleet counted from one time to another, as Window
// does.
func (v *View) Between(ctx context.Context, from, to time.Time) (*Answer, error) {
	f, err := v.read(ctx)
	if err != nil {
		return nil, err
	}
	a := f.answer()
	ctx, cancel := context.WithCancel(ctx) // by the first error: the rest isn't asked for
	defer cancel()
	work := make(chan member)
	var all sync.WaitGroup
	var mu sync.Mutex // protects a and err
	for range max(2, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for m := range work {
				got, e := v.window(ctx, &m, from, to, f.now)
				mu.Lock()
				if e != nil && err == nil {
					err = e
					cancel()
				}
				if e == nil {
					a.addWindow(m, got)
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range f.starts {
		if ctx.Err() != nil {
			break
		}
		if m.total != nil && !m.Started.After(to) && !m.Written.Before(from) {
			work <- m
		}
	}
	close(work)
	all.Wait()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(a.Parts, func(x, y Part) int { return slices.Index(a.Starts, x.Start) - slices.Index(a.Starts, y.Start) })
	return a, nil
}

// windowed is what one start counted in a window.
type windowed struct {
	from, to time.Time // on the reader's clock; zero: nothing
	counts   []metrics.Adder
	skipped  int
}

// piece is a record to read.
type piece struct {
	span
	number int64
}

// pieces are the records that make a window up, as few as possible: minutes at
// its ends, and between them what lies in it; hours that reach beyond it where
// there are no minutes any more. All times are on the clock of the start.
func pieces(from, to, now time.Time) (all []piece) {
	to = to.Add(time.Minute) // what was counted last in a span is in the next
	at := minutes.start(minutes.number(from))
	if h := hours.start(hours.number(from)); h.Before(now.Add(-keepMinute)) {
		at = h
	}
	for !at.After(to) && !at.After(now) {
		p := piece{minutes, minutes.number(at)}
		for _, s := range []span{hours, tens} {
			n := s.number(at)
			begin, end := s.start(n), s.start(n+1)
			old := s == hours && begin.Before(now.Add(-keepMinute))
			if begin.Equal(at) && (old || !end.After(to) || end.After(now) && to.After(now)) {
				p = piece{s, n}
				break
			}
		}
		all = append(all, p)
		at = p.start(p.number + 1)
	}
	return all
}

// window reads what one start counted. A record may number functions that came
// after the total was read: then that is read again.
func (v *View) window(ctx context.Context, m *member, from, to, now time.Time) (*windowed, error) {
	w, err := v.windowOf(ctx, *m, from, to, now)
	if !errors.Is(err, errNewer) {
		return w, err
	}
	if e, err := v.store.Get(ctx, v.keys.total(m.ID)); err == nil {
		if t, err := decodeTotal(e.Value); err == nil && t.ID == m.ID {
			m.total = t
		}
	}
	if w, err = v.windowOf(ctx, *m, from, to, now); errors.Is(err, errNewer) {
		return &windowed{skipped: 1}, nil // of another program
	}
	return w, err
}

// errNewer says that a record knows of more functions than the total that was
// read.
var errNewer = errors.New("fleet: the total is older than this record")

func (v *View) windowOf(ctx context.Context, m member, from, to, now time.Time) (*windowed, error) {
	w := &windowed{counts: make([]metrics.Adder, len(m.total.Functions))}
	layout, err := metrics.ParseLayout(m.total.Layout)
	if err != nil {
		w.skipped++
		return w, nil
	}
	list := pieces(from.Add(m.Clock), to.Add(m.Clock), now.Add(m.Clock))
	for part := range slices.Chunk(list, readAtOnce) {
		entries, err := v.getPieces(ctx, m, part, &w.skipped)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			switch err := w.add(e.Value, layout, m.Clock); {
			case errors.Is(err, errNewer):
				return nil, err
			case err != nil:
				w.skipped++
			}
		}
	}
	return w, nil
}

// getPieces gets records of a start, in order, as far as they are there.
func (v *View) getPieces(ctx context.Context, m member, list []piece, skipped *int) (entries []backend.Entry, err error) {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = v.keys.span(m.ID, p.span, p.number)
	}
	got, err := getMany(ctx, v.store, names, skipped)
	for _, name := range names {
		if e, ok := got[name]; ok {
			entries = append(entries, e)
		}
	}
	return entries, err
}

// add adds a record of a start whose clock is ahead.
func (w *windowed) add(record []byte, layout metrics.Layout, ahead time.Duration) error {
	s, err := decodeSpan(record)
	if err != nil {
		return err
	}
	if s.layout != layout.ID() {
		return errRecord
	}
	if n := len(s.counts); n > 0 && s.counts[n-1].number >= len(w.counts) {
		return errNewer
	}
	for _, c := range s.counts {
		if err := w.counts[c.number].Add(c.packed, layout); err != nil {
			return err
		}
	}
	if from := s.from.Add(-ahead); w.from.IsZero() || from.Before(w.from) {
		w.from = from
	}
	if to := s.to.Add(-ahead); to.After(w.to) {
		w.to = to
	}
	return nil
}
