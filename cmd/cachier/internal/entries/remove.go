package entries

import (
	"context"
	"errors"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

// Removed says what a removal has done, also where it failed or was cut short.
type Removed struct {
	Entries  int64 // that are gone; -1: not known
	Files    int64 // left-over files that are gone
	Complete bool
}

// afterwards is how long looking at what was done may take after an
// interruption.
const afterwards = 5 * time.Second

// Clear deletes all entries of the functions, of every version, and breaks
// their leases, so that no computation that began earlier stores anything. It
// touches nothing else. Now and then it tells progress, which may be nil, how many
// are gone.
func Clear(ctx context.Context, s *location.Store, functions []*Function, progress func(gone int64)) (Removed, error) {
	var done Removed
	for _, f := range functions {
		var tell func(int64)
		if progress != nil {
			tell = func(gone int64) { progress(done.Entries + gone) }
		}
		err := watched(ctx, s, f.prefix, f.Entries, tell, func() error {
			return backend.Clear(ctx, s.Backend, f.prefix)
		})
		if err == nil {
			done.Entries += f.Entries
			continue
		}
		if left := count(ctx, s, f.prefix); left < 0 {
			done.Entries = -1
		} else {
			done.Entries += max(0, f.Entries-left)
		}
		if ctx.Err() != nil {
			return done, nil
		}
		return done, s.Location.Explain(err)
	}
	done.Complete = true
	return done, nil
}

// Collect removes the entries that are past their Expires, whosever they are, as
// the store itself may at any time, and what dead processes left behind. progress is as for [Clear].
func Collect(ctx context.Context, s *location.Store, progress func(gone int64)) (Removed, error) {
	var n int
	var err error
	before := count(ctx, s, "")
	err = watched(ctx, s, "", before, progress, func() error {
		n, err = backend.Cleanup(ctx, s.Backend, "")
		return err
	})
	done := Removed{Entries: int64(n), Files: swept(ctx, s), Complete: err == nil}
	if ctx.Err() != nil {
		return done, nil
	}
	return done, s.Location.Explain(err)
}

// watched runs f and tells now and then how many of the entries under the
// prefix are gone. A nil progress is told nothing.
func watched(ctx context.Context, s *location.Store, prefix string, entries int64, progress func(int64), f func() error) error {
	if progress == nil {
		return f()
	}
	done := make(chan error, 1)
	go func() { done <- f() }() // ends with f, which is waited for
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ticker.C:
			if left := count(ctx, s, prefix); left >= 0 {
				progress(max(0, entries-left))
			}
		}
	}
}

// count counts what is under the prefix, also after ctx has ended; -1: it isn't
// known.
func count(ctx context.Context, s *location.Store, prefix string) int64 {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterwards)
	defer cancel()
	u, err := backend.Size(ctx, s.Backend, prefix)
	if err != nil {
		return -1
	}
	return u.Entries
}

// swept is how many left-over files this process has removed.
func swept(ctx context.Context, s *location.Store) int64 {
	readings, err := backend.Probe(context.WithoutCancel(ctx), s.Backend)
	if err != nil && !errors.Is(err, context.Canceled) {
		return 0
	}
	for _, r := range readings {
		if r.Name == "swept_files_total" {
			return int64(r.Value)
		}
	}
	return 0
}
