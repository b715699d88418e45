package filebackend

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// gate lets one goroutine of this Store into a shard at a time. The file lock
// behind it lets one of all Stores and processes in; with the gate in front of
// it, this process's goroutines wait for each other without asking the system.
type gate chan struct{}

// critical is the critical section of a shard: between enter and leave nobody
// else changes what is in its directory, temporary files apart.
//
// The order of locks: gate, the shard's file lock, then those of the events
// (ring.go) or of the sizes (size.go). Nobody holds two shards.
type critical struct {
	s     *Store
	shard uint8
	file  *os.File // the lock, and the account
	account
	before  uint64 // the account's change before this section's, for the sizes
	dirty   bool   // the account on disk says that a change is under way
	changes changes
}

// changes is what a section did to one key; more than that makes the sizes
// count the shard anew.
type changes struct {
	many    bool
	key     string
	entries int64
	bytes   int64
}

// enter waits for the shard. Without create it returns nothing, and no error, if
// the shard has no directory, so that there is nothing in it.
func (s *Store) enter(ctx context.Context, shard uint8, create bool) (*critical, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	select {
	case s.shards[shard] <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closing:
		return nil, backend.ErrClosed
	}
	c := &critical{s: s, shard: shard}
	if err := c.lock(ctx, create); err != nil || c.file == nil {
		c.leave()
		return nil, err
	}
	if err := c.readAccount(); err != nil {
		c.leave()
		return nil, err
	}
	c.before = c.change
	return c, nil
}

// lock opens and locks the shard's lock file, which is left open; the system
// gives up the lock when the process dies.
func (c *critical) lock(ctx context.Context, create bool) error {
	path := filepath.Join(c.s.shardDir(c.shard), lockName)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
		if errors.Is(err, os.ErrNotExist) {
			if !create {
				return nil
			}
			if err := c.s.makeShard(c.shard); err != nil {
				return err
			}
			f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
		}
		if err != nil {
			return full(err)
		}
		err = c.s.await(ctx, func() (bool, error) { return tryLock(f) })
		if err == nil && !unlinked(f) {
			c.file = f
			return nil
		}
		_ = f.Close()
		if err != nil {
			return err
		}
		// Somebody removed the directory meanwhile: this lock excludes nobody.
	}
}

// await asks until it gets a yes: at first soon, as sections are short, then
// every few milliseconds, as the holder may be stopped.
func (s *Store) await(ctx context.Context, try func() (bool, error)) error {
	for wait := 20 * time.Microsecond; ; wait = min(2*wait, 4*time.Millisecond) {
		ok, err := try()
		if ok || err != nil {
			return err
		}
		timer := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-s.closing:
			timer.Stop()
			return backend.ErrClosed
		}
	}
}

// leave settles the account and lets the next one in.
func (c *critical) leave() {
	if c.file != nil {
		if c.dirty {
			c.writeAccount(false)
		}
		_ = c.file.Close() // gives up the lock
		if c.dirty {
			c.s.sizes.follow(c)
		}
	}
	<-c.s.shards[c.shard]
}

// files returns the names in the shard's directory. For a shard of a cache with
// 100,000 entries these are 400.
func (c *critical) files() ([]string, error) { return names(c.s.shardDir(c.shard)) }

func names(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	return d.Readdirnames(-1)
}

// standing looks at the file that a new entry would replace. errForeign says that
// it isn't one that may be replaced.
func (c *critical) standing(path string) (length int64, exists bool, err error) {
	var start [12]byte
	n, length, err := readStart(path, start[:])
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, false, nil
	case err != nil:
		return 0, false, err
	case n == len(start) && string(start[:8]) == entryMagic:
		if err := foreign(start[:]); errors.Is(err, backend.ErrForeign) {
			return 0, false, err
		}
	}
	return length, true, nil
}

// place renames a finished temporary file into place.
func (c *critical) place(temp string, p spot, key string, length int64) error {
	path := c.s.path(p, entryExt)
	old, exists, err := c.standing(path)
	if err != nil {
		return err
	}
	if err := c.begin(); err != nil {
		return full(err)
	}
	if err := rename(temp, path); err != nil {
		return full(err)
	}
	if exists {
		c.count(key, -1, old)
	}
	c.count(key, 1, length)
	return nil
}

// remove removes the file of an entry, if it is there and not foreign.
func (c *critical) remove(p spot, key string) (bool, error) {
	path := c.s.path(p, entryExt)
	length, exists, err := c.standing(path)
	if errors.Is(err, backend.ErrForeign) || err == nil && !exists {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if c.begin() != nil {
		// No room even to note that a change is under way, or no right to: without
		// any account the next one counts. What has to go has to go.
		_ = c.file.Truncate(0)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	c.count(key, -1, length)
	return true, nil
}
