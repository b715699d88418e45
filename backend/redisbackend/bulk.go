package redisbackend

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
)

const (
	// pageSize is how many keys of the database one SCAN looks at: about a tenth
	// of a millisecond of the server's time.
	pageSize = 1000
	// mostSeen bounds the memory that Size takes to count no key twice.
	mostSeen = 1 << 20
)

// literal makes a prefix of keys a pattern of SCAN.
var literal = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// found is a key that SCAN came upon, and the beginning of what is there.
type found struct {
	key  string // without the prefix
	data []byte // nil: gone meanwhile, or not a string
}

// page is what one SCAN gave.
type page struct {
	server server
	keys   []found
	apart  offset
	now    int64 // on the server's clock; 0: not known
}

// pages yields what is under a prefix on all servers. A key that is there all
// the time is among it, once or more often.
func (b *Backend) pages(ctx context.Context, prefix string) iter.Seq2[page, error] {
	return func(yield func(page, error) bool) {
		servers, err := b.servers(ctx)
		if err == nil {
			err = b.usable(ctx)
		}
		if err != nil {
			yield(page{}, err)
			return
		}
		pattern := literal.Replace(b.prefix+prefix) + "*"
		for _, s := range servers {
			for cursor, more := uint64(0), true; more; more = cursor != 0 {
				p, next, err := b.page(ctx, s, cursor, pattern)
				if err != nil {
					yield(page{}, err)
					return
				}
				if cursor = next; len(p.keys) > 0 && !yield(p, nil) {
					return
				}
			}
		}
	}
}

// page scans once and looks at what it found: two round trips.
func (b *Backend) page(ctx context.Context, s server, cursor uint64, pattern string) (p page, next uint64, err error) {
	type scanned struct {
		p    page
		next uint64
	}
	r, err := run(ctx, b, func() (r scanned, err error) {
		var places []string
		if places, r.next, err = s.client.Scan(ctx, cursor, pattern, pageSize).Result(); err != nil || len(places) == 0 {
			return r, err
		}
		pipe := s.client.Pipeline()
		shown := pipe.Time(ctx)
		heads := make([]*redis.StringCmd, len(places))
		for i, place := range places {
			heads[i] = pipe.GetRange(ctx, place, 0, headLength-1)
		}
		before := b.now()
		_, _ = pipe.Exec(ctx) // each command has its own error
		if err := shown.Err(); err != nil {
			return r, err
		}
		after := b.now()
		r.p.now = shown.Val().UnixMicro()
		s.clock.learn(before, after, r.p.now)
		r.p.server, r.p.apart = s, s.clock.offset(after)
		for i, place := range places {
			data, err := heads[i].Bytes()
			var said redis.Error
			if err != nil && !errors.As(err, &said) {
				return r, err
			}
			if key := place[len(b.prefix):]; key != "" { // else it is the identity
				r.p.keys = append(r.p.keys, found{key, data})
			}
		}
		return r, nil
	})
	return r.p, r.next, err
}

// List scans the database, a page at a time.
func (b *Backend) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		for p, err := range b.pages(ctx, prefix) {
			if err != nil {
				yield(backend.Info{}, err)
				return
			}
			for i, f := range p.keys {
				if i > 0 {
					if err := b.usable(ctx); err != nil {
						yield(backend.Info{}, err)
						return
					}
				}
				h, err := parseHead(f.data)
				if err != nil || h.over(p.now) {
					continue
				}
				info := backend.Info{Key: f.key, Size: int64(h.value), Created: p.apart.local(h.created), Expires: p.apart.local(h.expires)}
				if !yield(info, nil) {
					return
				}
			}
		}
	}
}

// over says that an entry is past its Expires; a lease may keep it a little
// longer.
func (h head) over(now int64) bool { return h.expires != 0 && h.expires <= now }

// Size scans the database, without reading the values. Above a million entries
// those that move while the server's table of keys shrinks may count twice.
func (b *Backend) Size(ctx context.Context, prefix string) (backend.Usage, error) {
	seen, seed := map[uint64]struct{}{}, maphash.MakeSeed()
	var u backend.Usage
	for p, err := range b.pages(ctx, prefix) {
		if err != nil {
			return backend.Usage{Entries: -1, Bytes: -1}, err
		}
		for _, f := range p.keys {
			h, err := parseHead(f.data)
			if err != nil || h.over(p.now) {
				continue
			}
			hash := maphash.String(seed, f.key)
			if _, again := seen[hash]; again {
				continue
			}
			if len(seen) < mostSeen {
				seen[hash] = struct{}{}
			}
			u.Entries++
			u.Bytes += int64(h.value)
		}
	}
	return u, nil
}

// Clear scans the database and unlinks all that is this backend's. Entry and
// lease are one string, so that they go together.
func (b *Backend) Clear(ctx context.Context, prefix string) error {
	for p, err := range b.pages(ctx, prefix) {
		if err == nil {
			err = b.unlink(ctx, p)
		}
		if err != nil {
			return errors.Join(err, b.tell(ctx, clearedLetter, prefix)) // a part is done
		}
	}
	return b.tell(ctx, clearedLetter, prefix)
}

func (b *Backend) unlink(ctx context.Context, p page) error {
	_, err := run(ctx, b, func() (any, error) {
		pipe := p.server.client.Pipeline()
		for _, f := range p.keys {
			if strings.HasPrefix(string(f.data), magic) {
				pipe.Unlink(ctx, b.prefix+f.key) // one by one: in a Cluster they have different slots
			}
		}
		if pipe.Len() == 0 {
			return nil, nil
		}
		return pipe.Exec(ctx)
	})
	return err
}

// Cleanup has nothing to do: Redis removes by itself what is past its Expires,
// by the server's clock. What a lease keeps longer is listed no more and goes
// with the lease.
func (b *Backend) Cleanup(ctx context.Context, _ string) (int, error) {
	return 0, b.usable(ctx)
}

// BreakLocks scans the database for leases and failure marks; those that have
// run out don't count.
func (b *Backend) BreakLocks(ctx context.Context, prefix string) (int, error) {
	n := 0
	for p, err := range b.pages(ctx, prefix) {
		if err != nil {
			return n, err
		}
		for _, f := range p.keys {
			if !hasRecord(f.data) {
				continue
			}
			a, err := b.eval(ctx, breakScript, false, f.key)
			if errors.Is(err, backend.ErrForeign) {
				continue
			}
			if err != nil {
				return n, err
			}
			n += int(a.number(0))
		}
	}
	return n, nil
}
