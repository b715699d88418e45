package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// roster is the starts that there are. Fields are added, never renamed.
type roster struct {
	Starts []listed `json:"starts"`
	Folded int64    `json:"folded,omitempty"` // when somebody last looked for starts to fold, in milliseconds since 1970
}

// listed is a start in the roster.
type listed struct {
	ID       string `json:"id"`
	Instance string `json:"instance"`
	Joined   int64  `json:"joined"` // milliseconds since 1970 on its own clock
}

// mostStarts bounds the roster. Where starts come faster than those that are
// gone are folded, a new one is refused until there is room.
const mostStarts = 8192

var errMostStarts = errors.New("fleet: there are too many starts; those that ended are folded after 8 days")

func decodeRoster(record []byte) (r roster, err error) {
	body, err := unseal(kindRoster, record)
	if err != nil {
		return r, err
	}
	if json.Unmarshal(body, &r) != nil {
		return r, errRecord
	}
	return r, nil
}

// readRoster reads the roster; an empty one where there is none. A damaged one
// is as none: every start finds itself missing, and joins again.
func readRoster(ctx context.Context, b backend.Backend, k keys) (r roster, damaged bool, err error) {
	e, err := b.Get(ctx, k.roster())
	switch {
	case errors.Is(err, backend.ErrNotFound):
		return r, false, nil
	case errors.Is(err, backend.ErrCorrupt), errors.Is(err, backend.ErrForeign):
		return r, true, nil
	case err != nil:
		return r, false, err
	}
	r, err = decodeRoster(e.Value)
	return r, err != nil, nil
}

// changeRoster changes the roster under its lease. If change returns false,
// nothing is written.
func (p *publisher) changeRoster(ctx context.Context, change func(*roster) (bool, error)) error {
	return p.underLease(ctx, p.keys.roster(), func(ctx context.Context, lease backend.Lease) error {
		r, _, err := readRoster(ctx, p.store, p.keys)
		if err != nil {
			return err
		}
		changed, err := change(&r)
		if err != nil || !changed {
			return err
		}
		body, err := json.Marshal(r)
		if err != nil {
			return err
		}
		return lease.Commit(ctx, backend.Entry{Value: seal(kindRoster, body), Created: time.Now()})
	})
}

// underLease does something under the lease of a key, for which it waits, and
// again if the lease was lost.
func (p *publisher) underLease(ctx context.Context, key string, do func(context.Context, backend.Lease) error) error {
	ctx, cancel := context.WithTimeout(ctx, leaseTime+writeTime) // one that somebody left behind is over by then
	defer cancel()
	for {
		lease, err := p.store.Lock(ctx, key, leaseTime)
		if err == nil {
			err = do(ctx, lease)
			_ = lease.Release(ctx) // it runs out by itself
		}
		if !errors.Is(err, backend.ErrHeld) && !errors.Is(err, backend.ErrLeaseLost) {
			return err
		}
		select {
		case <-time.After(50*time.Millisecond + rand.N(100*time.Millisecond)):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// join puts the start on the roster.
func (p *publisher) join(ctx context.Context) error {
	err := p.changeRoster(ctx, func(r *roster) (bool, error) {
		if slices.ContainsFunc(r.Starts, func(l listed) bool { return l.ID == p.id }) {
			return false, nil
		}
		if len(r.Starts) >= mostStarts {
			return false, errMostStarts
		}
		r.Starts = append(r.Starts, listed{p.id, p.options.Instance, p.now().UnixMilli()})
		return true, nil
	})
	if err == nil {
		p.written = time.Now().Round(0) // from now on it may be folded, if it doesn't write
	}
	return err
}

// lookEvery is how often a start makes sure that it is on the roster.
const lookEvery = 5 * time.Minute

// look makes sure that the start is on the roster, and folds, when it is time to.
// A start that could not write for so long that it may be folded is over: what
// was counted since its last total is that of a new one.
func (p *publisher) look(ctx context.Context) error {
	now := time.Now().Round(0)
	if !p.written.IsZero() && now.Sub(p.written) > rebornAfter {
		if err := p.beginAnew(ctx); err != nil {
			return err
		}
		p.written, p.looked = now, time.Time{}
	}
	if !p.looked.IsZero() && now.Sub(p.looked) < lookEvery {
		return nil
	}
	r, _, err := readRoster(ctx, p.store, p.keys)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(r.Starts, func(l listed) bool { return l.ID == p.id }) {
		// The roster was lost, or this start was taken for one that is gone.
		if t, err := readFolded(ctx, p.store, p.keys); err != nil {
			return err
		} else if _, ok := t.Folded[p.id]; ok {
			p.begin() // with what it had not been told was written
		}
		if err := p.join(ctx); err != nil {
			return err
		}
	}
	p.looked = now
	if since := now.Sub(time.UnixMilli(r.Folded)); since < 0 || since > foldEvery {
		return p.fold(ctx)
	}
	return nil
}

// beginAnew makes p a new start. What of the old one was written is not always
// what was acknowledged; its total tells, unless it was folded already.
func (p *publisher) beginAnew(ctx context.Context) error {
	e, err := p.store.Get(ctx, p.keys.total(p.id))
	if err != nil && !errors.Is(err, backend.ErrNotFound) {
		return err
	}
	if t, err := decodeTotal(e.Value); err == nil && t.ID == p.id && t.At > p.ackedAt.UnixMilli() {
		p.ackedAt = time.UnixMilli(t.At)
		p.acked = slices.Clone(p.before)
		for i, f := range t.Functions {
			var sum metrics.Adder
			if i < len(p.before) {
				sum.AddSnapshot(p.before[i])
			}
			if err := sum.Add(f.packed, metrics.Layout{}); err != nil {
				return err
			}
			p.acked = append(p.acked[:min(i, len(p.acked))], sum.Snapshot(p.counts[i]))
		}
	}
	p.begin()
	return nil
}
