package entries

import (
	"context"
	"iter"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
	"github.com/cachier-go/cachier/internal/keyform"
)

// Entry is a stored entry of a function.
type Entry struct {
	backend.Info
	Parts keyform.Parts // of its Key
}

// Reading says how far a walk through a store has come. It is written by the
// walk alone.
type Reading struct {
	Seen   int64 // entries, whosever they are
	Others Sum   // what no cached function made
}

// Each yields the entries that the filter chooses, in no order. An error is
// yielded with a zero Entry and ends it. What it has come across is counted in
// r, and told every so often to progress, which may be nil.
func Each(ctx context.Context, s *location.Store, f Filter, r *Reading, progress func(Reading)) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		// All of it is read, and not a function's prefix: its namespace needn't be
		// known, and names may be given by their beginning.
		for info, err := range s.Backend.List(ctx, "") {
			if err != nil {
				yield(Entry{}, s.Location.Explain(err))
				return
			}
			if keyform.IsSizeKey(info.Key) {
				continue // the library's own bookkeeping
			}
			r.Seen++
			if progress != nil && r.Seen%256 == 0 {
				progress(*r)
			}
			parts, ok := keyform.Parse(info.Key)
			if !ok {
				r.Others.add(info, time.Now())
				continue
			}
			if f.matches(parts) && !yield(Entry{info, parts}, nil) {
				return
			}
		}
	}
}

// age is how old an entry is; negative: not known.
func (e Entry) age(now time.Time) time.Duration {
	if e.Created.IsZero() {
		return -1
	}
	return max(0, now.Sub(e.Created))
}
