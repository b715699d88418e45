package filebackend

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// How the bound is kept. Every now and then a Set adds up the accounts. Over the
// high mark it draws a sample of the files, which says how old the oldest may be
// so that the rest fits under the low mark; then this Set and those after it go
// through the shards, a few at a time, and remove what is older. Keys are hashed,
// so that any shards are a fair sample. No goroutine is needed, and none of the
// Sets takes long.
const (
	sampleFiles = 4096 // how many files are enough of a sample
	stepFiles   = 1024 // how many files one Set looks at
	lookEvery   = 5 * time.Second
)

// evictor is the state of that, per Store; others that share the directory do
// the same, which does no harm.
type evictor struct {
	mu       sync.Mutex // held while working; who finds it held leaves it to that one
	written  int64      // since the last look
	looked   time.Time
	evicting bool
	cutoff   int64 // what was modified until then goes, Unix nanoseconds
	next     int   // shard
}

func (s *Store) highMark() int64 { return s.maxBytes - s.maxBytes/16 }
func (s *Store) lowMark() int64  { return s.maxBytes - s.maxBytes/6 }

// makeRoom does its share after length bytes were stored. Its errors are those
// of a later Set: this one has succeeded.
func (s *Store) makeRoom(ctx context.Context, length int64) {
	v := &s.evictor
	if s.maxBytes == 0 || !v.mu.TryLock() {
		return
	}
	defer v.mu.Unlock()
	v.written += length
	if !v.evicting {
		if v.written < s.maxBytes/64 && time.Since(v.looked).Abs() < lookEvery {
			return
		}
		v.written, v.looked = 0, time.Now()
		total, err := s.used()
		if err != nil || total <= s.highMark() {
			return
		}
		v.cutoff = s.oldest(total)
		v.evicting, v.next = true, 0
	}
	for seen := 0; seen < stepFiles && v.next < shardCount; v.next++ {
		n, err := s.evict(ctx, uint8(v.next), v.cutoff)
		if err != nil {
			return
		}
		seen += n
	}
	if v.next == shardCount {
		v.evicting, v.looked = false, time.Time{} // look again soon whether it was enough
	}
}

// used adds up what the entries use of the disk.
func (s *Store) used() (int64, error) {
	var total int64
	for shard := range shardCount {
		a, ok, err := s.peekAccount(uint8(shard))
		if err != nil {
			return 0, err
		}
		if ok {
			total += a.disk
		}
	}
	return total, nil
}

// file is one in the sample.
type file struct{ modified, disk int64 }

// oldest returns the time up to which files have to go.
func (s *Store) oldest(total int64) int64 {
	var sample []file
	var sum int64
	first := rand.IntN(shardCount)
	for i := 0; i < shardCount && len(sample) < sampleFiles; i++ {
		dir := s.shardDir(uint8(first + i))
		list, _ := names(dir)
		for _, name := range list {
			if info := regular(dir, name); info != nil {
				f := file{info.ModTime().UnixNano(), onDisk(info.Size())}
				sample = append(sample, f)
				sum += f.disk
			}
		}
	}
	slices.SortFunc(sample, func(a, b file) int { return cmp.Compare(a.modified, b.modified) })
	gone := float64(sum) * (1 - float64(s.lowMark())/float64(total))
	for _, f := range sample {
		if gone -= float64(f.disk); gone <= 0 {
			return f.modified
		}
	}
	return math.MinInt64
}

// regular returns the entry's file of that name, or nil.
func regular(dir, name string) os.FileInfo {
	if _, ok := named(name, entryExt); !ok {
		return nil
	}
	info, err := os.Lstat(filepath.Join(dir, name))
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return info
}

// evict removes the files of a shard that were modified until the cut-off, and
// returns how many files it looked at.
func (s *Store) evict(ctx context.Context, shard uint8, cutoff int64) (int, error) {
	seen := 0
	err := s.inShard(ctx, shard, func(c *critical, files []string) error {
		for _, name := range files {
			info := regular(s.shardDir(shard), name)
			if info == nil {
				continue
			}
			seen++
			if info.ModTime().UnixNano() > cutoff {
				continue
			}
			base, _ := named(name, entryExt)
			removed, err := c.remove(spot{shard, base}, "")
			if err != nil {
				return err
			}
			if removed {
				s.evicted.Add(1)
			}
		}
		return nil
	})
	return seen, err
}
