package filebackend

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// eachShard runs f in the critical section of every shard that there is.
func (s *Store) eachShard(ctx context.Context, f func(c *critical, files []string) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	for shard := range shardCount {
		if err := s.inShard(ctx, uint8(shard), f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) inShard(ctx context.Context, shard uint8, f func(c *critical, files []string) error) error {
	c, err := s.enter(ctx, shard, false)
	if c == nil {
		return err
	}
	defer c.leave()
	files, err := c.files()
	if err != nil {
		return err
	}
	return f(c, files)
}

// List reads the names of one shard, then the heads of its files, then goes on
// to the next one. Damaged and foreign files are left out.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		if err := s.usable(ctx); err != nil {
			yield(backend.Info{}, err)
			return
		}
		var buf []byte
		for shard := range shardCount {
			files, err := s.snapshot(ctx, uint8(shard))
			if err != nil {
				yield(backend.Info{}, err)
				return
			}
			for _, file := range files {
				if _, ok := named(file, entryExt); !ok {
					continue
				}
				if err := s.usable(ctx); err != nil {
					yield(backend.Info{}, err)
					return
				}
				h, b, err := readHead(filepath.Join(s.shardDir(uint8(shard)), file), buf)
				buf = b
				switch {
				case unlisted(err):
				case err != nil:
					yield(backend.Info{}, err)
					return
				case strings.HasPrefix(string(h.key), prefix):
					if !yield(h.info(), nil) {
						return
					}
				}
			}
		}
	}
}

// snapshot returns the names in a shard at one moment: a directory that is read
// while names come and go may leave out one that was replaced. Where the lock
// can't be had for want of rights, nobody of ours writes either.
func (s *Store) snapshot(ctx context.Context, shard uint8) ([]string, error) {
	c, err := s.enter(ctx, shard, false)
	switch {
	case err == nil && c == nil:
		return nil, nil
	case err == nil:
		defer c.leave()
		return c.files()
	case !errors.Is(err, os.ErrPermission) && !readOnly(err):
		return nil, err
	}
	files, err := names(s.shardDir(shard))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return files, err
}

// unlisted says that there is no entry in a file.
func unlisted(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, backend.ErrCorrupt) || errors.Is(err, backend.ErrForeign)
}

// readHead reads what stands before the value, into buf, which it returns for the
// next time, larger if need be. The head's slices are parts of it.
func readHead(path string, buf []byte) (head, []byte, error) {
	if len(buf) == 0 {
		buf = make([]byte, 2048)
	}
	for {
		n, length, err := readStart(path, buf)
		if err != nil {
			return head{}, buf, err
		}
		need, err := headNeeds(buf[:n])
		if err != nil {
			return head{}, buf, err
		}
		if need <= n || n < len(buf) || int64(need) > length {
			h, err := decodeHead(buf[:n], length)
			return h, buf, err
		}
		buf = make([]byte, need+1)
	}
}

// Clear removes the entries and breaks the leases under the prefix, each shard in
// one step.
func (s *Store) Clear(ctx context.Context, prefix string) error {
	var buf []byte
	err := s.eachShard(ctx, func(c *critical, files []string) error {
		if _, err := c.breakLocks(ctx, files, prefix); err != nil {
			return err
		}
		return c.removeWhere(ctx, files, &buf, func(h *head, err error) bool {
			// Whose a damaged entry is can't be told: it goes with everything.
			return err == nil && strings.HasPrefix(string(h.key), prefix) ||
				prefix == "" && errors.Is(err, backend.ErrCorrupt)
		}, nil)
	})
	if err == nil {
		s.tell(backend.EventCleared, prefix)
	}
	return err
}

// Cleanup removes the entries under the prefix that are past their Expires, and
// what dead processes left behind.
func (s *Store) Cleanup(ctx context.Context, prefix string) (int, error) {
	n := 0
	var buf []byte
	err := s.eachShard(ctx, func(c *critical, files []string) error {
		now := time.Now()
		c.sweep(files)
		return c.removeWhere(ctx, files, &buf, func(h *head, err error) bool {
			return err == nil && strings.HasPrefix(string(h.key), prefix) &&
				backend.Entry{Expires: h.expires}.Expired(now)
		}, &n)
	})
	return n, err
}

// removeWhere removes the entries for whose head, or the error instead of it,
// gone says yes, and counts them.
func (c *critical) removeWhere(ctx context.Context, files []string, buf *[]byte, gone func(*head, error) bool, n *int) error {
	for _, file := range files {
		name, ok := named(file, entryExt)
		if !ok {
			continue
		}
		if err := c.s.usable(ctx); err != nil {
			return err
		}
		p := spot{c.shard, name}
		h, b, err := readHead(c.s.path(p, entryExt), *buf)
		*buf = b
		if err != nil && !unlisted(err) {
			return err
		}
		if !gone(&h, err) {
			continue
		}
		removed, err := c.remove(p, "")
		if err != nil {
			return err
		}
		if removed && n != nil {
			*n++
		}
	}
	return nil
}
