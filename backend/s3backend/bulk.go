package s3backend

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// Size counts entries and bytes by listing, a request for each thousand; the
// bytes are those of whole objects, which have 116 to 119, the key and Meta more
// than the value. Of keys under a prefix of more than about a hundred bytes it
// may have to look at each.
func (b *Backend) Size(ctx context.Context, prefix string) (backend.Usage, error) {
	var u backend.Usage
	err := b.pages(ctx, prefix, func(page []listed) error {
		var doubted []listed
		for _, o := range page {
			switch {
			case !classOf(o.length).entry():
			case doubtful(o, prefix):
				doubted = append(doubted, o)
			default:
				u.Entries++
				u.Bytes += o.length
			}
		}
		states, err := b.heads(ctx, doubted, prefix)
		for i, s := range states {
			if s != nil {
				u.Entries++
				u.Bytes += doubted[i].length
			}
		}
		return err
	})
	if err != nil {
		return backend.Usage{Entries: -1, Bytes: -1}, err
	}
	return u, nil
}

// SizeCosts says that listings are billed, so that nobody counts unasked.
func (b *Backend) SizeCosts() {}

// Clear lists, and deletes by the thousand. Where there may be leases it first
// writes over what has one, so that none can be committed.
func (b *Backend) Clear(ctx context.Context, prefix string) error {
	return b.pages(ctx, prefix, func(page []listed) error {
		sure, err := b.under(ctx, page, prefix)
		if err != nil {
			return err
		}
		var names []string
		var held []listed
		for _, o := range sure {
			names = append(names, o.name)
			if b.leases && classOf(o.length).record() {
				held = append(held, o)
			}
		}
		err = b.each(ctx, len(held), func(ctx context.Context, i int) error { return b.erase(ctx, held[i].key) })
		if err != nil || len(names) == 0 {
			return err
		}
		return b.removeMany(ctx, names)
	})
}

// under returns the objects whose key begins with the prefix, with the key, also
// where that isn't in the name.
func (b *Backend) under(ctx context.Context, page []listed, prefix string) (sure []listed, err error) {
	var cut []listed
	for _, o := range page {
		switch {
		case o.key != "":
			sure = append(sure, o)
		case b.leases || doubtful(o, prefix):
			cut = append(cut, o)
		default:
			sure = append(sure, o)
		}
	}
	states, err := b.heads(ctx, cut, prefix)
	for i, s := range states {
		if s != nil {
			cut[i].key = s.key
			sure = append(sure, cut[i])
		}
	}
	return sure, err
}

// leftover is how long what holds no entry stays.
const leftover = time.Minute

// Cleanup lists, looks at each entry by a GET of its first bytes, and deletes
// what is past its Expires, unless it was replaced meanwhile or somebody holds a
// lease on it, and what deletions and leases have left behind. A lifecycle rule
// of the bucket does it for nothing.
func (b *Backend) Cleanup(ctx context.Context, prefix string) (int, error) {
	var n atomic.Int64
	err := b.pages(ctx, prefix, func(page []listed) error {
		for len(page) > 0 {
			some := page[:min(batch, len(page))]
			page = page[len(some):]
			states, err := b.heads(ctx, some, prefix)
			if err != nil {
				return err
			}
			apart, _ := b.clock.offset()
			now := micros(b.now(), apart, false)
			err = b.each(ctx, len(some), func(ctx context.Context, i int) error {
				s := states[i]
				if s == nil || !s.over(now, some[i].written) {
					return nil
				}
				switch err := b.remove(ctx, some[i].name, s.etag); {
				case errors.Is(err, errChanged):
					return nil
				case err != nil:
					return err
				}
				if s.entry {
					n.Add(1)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return int(n.Load()), err
}

// over says that nobody has a use for what is in an object.
func (s *tagged) over(now int64, written time.Time) bool {
	switch {
	case s.record.lasts(now):
		return false
	case s.entry:
		return s.expires != 0 && s.expires <= now
	default:
		return now > written.Add(leftover).UnixMicro()
	}
}
