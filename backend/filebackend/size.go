package filebackend

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/cachier-go/cachier/backend"
)

// maxPrefixes is how many prefixes sizes are remembered for.
const maxPrefixes = 256

// sizes remembers what is under the prefixes that were asked for, shard by
// shard. A shard is counted anew only if others have changed it since.
type sizes struct {
	mu       sync.Mutex // protects what follows
	prefixes []string
	shards   [shardCount]shardSizes
}

type shardSizes struct {
	known  bool
	change uint64          // the account's, at which the usage was that
	usage  []backend.Usage // for each prefix
}

// Size says how many entries there are and how long their files are, which is
// a little more than their values: head, key and Meta are in there. It reads the
// 256 accounts, and the files of those shards that another process has changed
// since the last look at the same prefix.
func (s *Store) Size(ctx context.Context, prefix string) (backend.Usage, error) {
	var total backend.Usage
	err := s.usable(ctx)
	for shard := 0; shard < shardCount && err == nil; shard++ {
		var u backend.Usage
		u, err = s.shardSize(ctx, uint8(shard), prefix)
		total.Entries += u.Entries
		total.Bytes += u.Bytes
	}
	if err != nil {
		return backend.Usage{Entries: -1, Bytes: -1}, err
	}
	return total, nil
}

func (s *Store) shardSize(ctx context.Context, shard uint8, prefix string) (backend.Usage, error) {
	a, ok, err := s.peekAccount(shard)
	if err != nil {
		return backend.Usage{}, err
	}
	if ok {
		if prefix == "" {
			return backend.Usage{Entries: a.entries, Bytes: a.bytes}, nil
		}
		if u, ok := s.sizes.get(shard, a.change, prefix); ok {
			return u, nil
		}
	}
	if err := s.usable(ctx); err != nil {
		return backend.Usage{}, err
	}
	var u backend.Usage
	err = s.inShard(ctx, shard, func(c *critical, files []string) error {
		if prefix == "" {
			u = backend.Usage{Entries: c.entries, Bytes: c.bytes}
			return nil
		}
		var err error
		u, err = s.sizes.count(ctx, c, files, prefix)
		return err
	})
	return u, err
}

// peekAccount reads a shard's account without its lock. Without a clean one the
// lock has to be taken, after which there is one.
func (s *Store) peekAccount(shard uint8) (account, bool, error) {
	var b [accountLen]byte
	n, _, err := readStart(filepath.Join(s.shardDir(shard), lockName), b[:])
	switch {
	case errors.Is(err, os.ErrNotExist):
		if _, err := os.Lstat(s.shardDir(shard)); errors.Is(err, os.ErrNotExist) {
			return account{}, true, nil // no shard, nothing in it
		}
		return account{}, false, nil
	case err != nil && err != io.EOF:
		return account{}, false, err
	}
	a, ok := parseAccount(b[:n])
	return a, ok, nil
}

// get returns what is known of a prefix as of a change. Change 0 is a shard that
// isn't there.
func (z *sizes) get(shard uint8, change uint64, prefix string) (backend.Usage, bool) {
	if change == 0 {
		return backend.Usage{}, true
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	sh, i := &z.shards[shard], slices.Index(z.prefixes, prefix)
	if i < 0 || !sh.known || sh.change != change || i >= len(sh.usage) {
		return backend.Usage{}, false
	}
	return sh.usage[i], true
}

// count counts the shard's files for all prefixes that are remembered, this one
// included.
func (z *sizes) count(ctx context.Context, c *critical, files []string, prefix string) (backend.Usage, error) {
	z.mu.Lock()
	if !slices.Contains(z.prefixes, prefix) {
		if len(z.prefixes) == maxPrefixes {
			z.prefixes, z.shards = nil, [shardCount]shardSizes{}
		}
		z.prefixes = append(z.prefixes, prefix)
	}
	prefixes := slices.Clone(z.prefixes)
	z.mu.Unlock()

	usage := make([]backend.Usage, len(prefixes))
	var buf []byte
	for _, file := range files {
		name, ok := named(file, entryExt)
		if !ok {
			continue
		}
		if err := c.s.usable(ctx); err != nil {
			return backend.Usage{}, err
		}
		h, b, err := readHead(c.s.path(spot{c.shard, name}, entryExt), buf)
		buf = b
		if unlisted(err) {
			continue
		}
		if err != nil {
			return backend.Usage{}, err
		}
		key := string(h.key)
		for i, p := range prefixes {
			if strings.HasPrefix(key, p) {
				usage[i].Entries++
				usage[i].Bytes += int64(h.length) + int64(h.size)
			}
		}
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if len(prefixes) <= len(z.prefixes) && slices.Equal(z.prefixes[:len(prefixes)], prefixes) {
		z.shards[c.shard] = shardSizes{known: true, change: c.change, usage: usage}
	}
	return usage[slices.Index(prefixes, prefix)], nil
}

// follow keeps what is known up to date with a change of this Store's own. It is
// called after the section, whose gate is still closed.
func (z *sizes) follow(c *critical) {
	z.mu.Lock()
	defer z.mu.Unlock()
	sh := &z.shards[c.shard]
	if !sh.known || sh.change != c.before || c.changes.many {
		return
	}
	for i := range sh.usage {
		if strings.HasPrefix(c.changes.key, z.prefixes[i]) {
			sh.usage[i].Entries += c.changes.entries
			sh.usage[i].Bytes += c.changes.bytes
		}
	}
	sh.change = c.change
}
