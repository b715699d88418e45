package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/cachier-go/cachier/backend"
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

func (r roster) has(id string) bool {
	return slices.ContainsFunc(r.Starts, func(l listed) bool { return l.ID == id })
}

// due says that it is time to look for starts to fold.
func (r roster) due(now time.Time) bool {
	since := now.Sub(time.UnixMilli(r.Folded))
	return since < 0 || since > foldEvery
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
// is as none: every start finds itself missing, and joins again. One that a newer
// version wrote is an error, so that nobody changes it who can't read it.
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
	if errors.Is(err, ErrNewerVersion) {
		return r, false, err
	}
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

// join puts the start on the roster.
func (p *publisher) join(ctx context.Context) error {
	err := p.changeRoster(ctx, func(r *roster) (bool, error) {
		if r.has(p.id) {
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
