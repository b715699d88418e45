package entries

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

// Usage is what the functions have in a store.
type Usage struct {
	Functions []*Function // by namespace and name
	Total     Sum
	Others    Sum  // what no cached function stored
	Complete  bool // false: ctx ended before all was read
}

// Function is what one function has in a store.
type Function struct {
	Namespace string
	Name      string
	Versions  int // of its values
	Sum

	prefix   string
	versions map[string]struct{}
}

// Sum adds entries up.
type Sum struct {
	Entries int64
	Bytes   int64     // of the values; -1: not known
	Expired int64     // entries that gc removes
	Oldest  time.Time // zero: not known
	Newest  time.Time
}

func (s *Sum) add(e backend.Info, now time.Time) {
	s.Entries++
	if e.Size < 0 || s.Bytes < 0 {
		s.Bytes = -1
	} else {
		s.Bytes += e.Size
	}
	if e.Expired(now) {
		s.Expired++
	}
	if e.Created.IsZero() {
		return
	}
	if s.Oldest.IsZero() || e.Created.Before(s.Oldest) {
		s.Oldest = e.Created
	}
	if e.Created.After(s.Newest) {
		s.Newest = e.Created
	}
}

// Measure adds up what the filter chooses. When ctx ends it returns what it has
// come to, which is then not complete.
func Measure(ctx context.Context, s *location.Store, f Filter, progress func(Reading)) (*Usage, error) {
	u := &Usage{Complete: true}
	functions := map[string]*Function{}
	var r Reading
	for e, err := range Each(ctx, s, f, &r, progress) {
		if err != nil {
			if ctx.Err() == nil {
				return nil, err
			}
			u.Complete = false
			break
		}
		now := time.Now()
		fn := functions[e.Parts.Prefix]
		if fn == nil {
			fn = &Function{
				Namespace: e.Parts.Namespace.String(), Name: e.Parts.Name.String(),
				prefix: e.Parts.Prefix, versions: map[string]struct{}{},
			}
			functions[e.Parts.Prefix] = fn
			u.Functions = append(u.Functions, fn)
		}
		fn.versions[e.Parts.Version.Text] = struct{}{}
		fn.Versions = len(fn.versions)
		fn.add(e.Info, now)
		u.Total.add(e.Info, now)
	}
	u.Others = r.Others
	slices.SortFunc(u.Functions, func(a, b *Function) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return u, nil
}
