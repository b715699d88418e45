package cli

import (
	"context"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/cmd/cachier/internal/entries"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

// patience is how long work may take before a bar is drawn.
const patience = 400 * time.Millisecond

// bar draws how many of so many entries are done, if somebody can see it and
// the work is long. Its methods do nothing where it is nil.
type bar struct {
	out   console
	what  string
	total int64
	start time.Time
	drawn *progressbar.ProgressBar
}

// newBar returns nil where nobody would see the bar.
func newBar(out console, what string, total int64) *bar {
	if _, visible := terminal(out.err); !visible {
		return nil
	}
	return &bar{out: out, what: what, total: total, start: time.Now()}
}

// scanBar is a bar for reading a whole store.
func scanBar(ctx context.Context, out console, s *location.Store) *bar {
	if _, visible := terminal(out.err); !visible {
		return nil
	}
	total := int64(-1)
	if u, err := backend.Size(ctx, s.Backend, ""); err == nil && u.Entries > 0 {
		total = u.Entries
	}
	return newBar(out, "reading", total)
}

func (b *bar) set(n int64) {
	if b == nil || time.Since(b.start) < patience {
		return
	}
	if b.drawn == nil {
		b.drawn = progressbar.NewOptions64(b.total,
			progressbar.OptionSetWriter(b.out.err),
			progressbar.OptionSetDescription(b.what),
			progressbar.OptionSetWidth(30),
			progressbar.OptionShowCount(),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	if b.total > 0 {
		n = min(n, b.total-1) // others may be adding; the end is for clear
	}
	_ = b.drawn.Set64(n)
}

// reading and gone are set in the forms that package entries wants, nil where
// there is no bar.
func (b *bar) reading() func(entries.Reading) {
	if b == nil {
		return nil
	}
	return func(r entries.Reading) { b.set(r.Seen) }
}

func (b *bar) gone() func(int64) {
	if b == nil {
		return nil
	}
	return b.set
}

// clear takes the bar off the screen.
func (b *bar) clear() {
	if b != nil && b.drawn != nil {
		_ = b.drawn.Clear()
	}
}
