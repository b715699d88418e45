package filebackend

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/cachier-go/cachier/backend"
)

var errNotRegular = fmt.Errorf("filebackend: %w: it is not a regular file", backend.ErrForeign)

// small is up to where value and head are written at once, at the cost of a copy.
const small = 64 << 10

// put stores an entry; with a token only if that is held, see lease.Commit.
func (s *Store) put(ctx context.Context, key string, e *backend.Entry, token string) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	length := fileLen(key, e)
	if s.maxBytes > 0 && onDisk(length) > s.maxBytes/2 {
		return fmt.Errorf("filebackend: %d bytes are more than half of MaxBytes: %w", length, backend.ErrTooLarge)
	}
	p := place(key)
	temp, err := s.writeTemp(ctx, p, key, e)
	if err != nil {
		return err
	}
	defer func() { _ = temp.Close() }() // it is locked until then, so that nobody sweeps it
	if !renamesOpen {
		_ = temp.Close()
	}
	if err := s.install(ctx, temp.Name(), p, key, length, token); err != nil {
		_ = os.Remove(temp.Name())
		return err
	}
	s.makeRoom(ctx, onDisk(length))
	return nil
}

// install is the critical part of put.
func (s *Store) install(ctx context.Context, temp string, p spot, key string, length int64, token string) error {
	c, err := s.enter(ctx, p.shard, true)
	if err != nil {
		return err
	}
	defer c.leave()
	if token != "" {
		if _, err := c.owned(p, key, token); err != nil {
			return err
		}
	}
	// Set breaks the lease also where it then can't store; Commit keeps it then,
	// so that its holder can leave a failure mark.
	if token == "" {
		if err := c.removeRecord(p); err != nil {
			return err
		}
	}
	if err := c.place(temp, p, key, length); err != nil {
		return err
	}
	if token != "" {
		if err := c.removeRecord(p); err != nil {
			return err
		}
	}
	s.tell(backend.EventStored, key)
	c.sweepIfDue()
	return nil
}

// writeTemp writes an entry's file beside its place.
func (s *Store) writeTemp(ctx context.Context, p spot, key string, e *backend.Entry) (*os.File, error) {
	capacity := headLen + len(key) + len(e.Meta)
	whole := len(e.Value) <= small
	if whole {
		capacity += len(e.Value)
	}
	start, err := appendHead(make([]byte, 0, capacity), key, e)
	if err != nil {
		return nil, err
	}
	rest := e.Value
	if whole {
		start, rest = append(start, e.Value...), nil
	}
	f, err := s.createTemp(p)
	if err != nil {
		return nil, err
	}
	for b := start; err == nil; {
		_, err = f.Write(b)
		if len(rest) == 0 || err != nil {
			break
		}
		n := min(len(rest), readChunk)
		b, rest = rest[:n], rest[n:]
		err = ctx.Err()
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
		return nil, full(err)
	}
	return f, nil
}

// createTemp makes a temporary file and locks it, as a sign that somebody is at
// work on it.
func (s *Store) createTemp(p spot) (*os.File, error) {
	path := s.path(p, "."+rand.Text()+tempExt)
	for attempt := 0; ; attempt++ {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
		if errors.Is(err, os.ErrNotExist) && attempt == 0 {
			if err := s.makeShard(p.shard); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, full(err)
		}
		_, _ = tryLock(f) // without, it is young enough for any reasonable time
		return f, nil
	}
}
