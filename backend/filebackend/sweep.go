package filebackend

import (
	"os"
	"path/filepath"
	"time"
)

// youngest is the age below which a temporary file is never looked at. A file
// that is older and locked has a writer that takes its time.
const youngest = 10 * time.Minute

// sweepIfDue sweeps the shard now and then, as a part of a Set.
func (c *critical) sweepIfDue() {
	if since := time.Since(time.Unix(c.swept, 0)); since < sweepEvery && since > -sweepEvery {
		return
	}
	if files, err := c.files(); err == nil {
		c.sweep(files)
	}
}

// sweep removes the temporary files that dead writers left, and the records that
// mean nothing any more. What can't be removed now stays until the next time.
func (c *critical) sweep(files []string) {
	now := time.Now()
	c.swept = now.Unix()
	for _, file := range files {
		if _, ok := named(file, tempExt); ok {
			if abandoned(filepath.Join(c.s.shardDir(c.shard), file), now) {
				c.s.swept.Add(1)
			}
			continue
		}
		if name, ok := named(file, leaseExt); ok {
			p := spot{c.shard, name}
			if r, err := c.readRecord(p); err == nil && r.over(now.UnixNano()) {
				_ = c.removeRecord(p)
			}
		}
	}
}

// abandoned removes a temporary file if it is old and nobody has it locked.
func abandoned(path string, now time.Time) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || now.Sub(info.ModTime()) < youngest {
		return false
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	free, err := tryLock(f)
	if !renamesOpen {
		// Where an open file can't be removed this attempt itself is in the way.
		_ = f.Close()
		return err == nil && free && os.Remove(path) == nil
	}
	defer func() { _ = f.Close() }()
	return err == nil && free && os.Remove(path) == nil
}
