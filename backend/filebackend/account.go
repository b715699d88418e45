package filebackend

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// account is what is kept about a shard, in its lock file:
//
//	 0  magic, 8 bytes
//	 8  CRC-32C of what follows, uint32
//	12  1 while a change is under way, otherwise 0, uint32
//	16  change, uint64
//	24  entries, bytes, disk, swept, int64 each
//
// It is written before and after each change. Who finds that a change was under
// way counts the files: the one who made it died.
type account struct {
	change  uint64 // a new one for each change, never used before
	entries int64
	bytes   int64 // of the files of entries
	disk    int64 // the same in whole blocks
	swept   int64 // when left-overs were last swept, Unix seconds
}

const (
	accountMagic = "cachierS"
	accountLen   = 56

	blockSize = 4096
)

// onDisk is how much of the disk a file of that length uses.
func onDisk(length int64) int64 { return (length + blockSize - 1) &^ (blockSize - 1) }

// parseAccount says whether b holds an account that can be believed.
func parseAccount(b []byte) (a account, ok bool) {
	le := binary.LittleEndian
	if len(b) != accountLen || string(b[:8]) != accountMagic ||
		le.Uint32(b[8:]) != crc32.Checksum(b[12:], castagnoli) || le.Uint32(b[12:]) != 0 {
		return account{}, false
	}
	return account{
		change: le.Uint64(b[16:]), entries: int64(le.Uint64(b[24:])), bytes: int64(le.Uint64(b[32:])),
		disk: int64(le.Uint64(b[40:])), swept: int64(le.Uint64(b[48:])),
	}, true
}

// readAccount reads the account, or counts if there is none to believe.
func (c *critical) readAccount() error {
	var b [accountLen]byte
	n, err := c.file.ReadAt(b[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	a, ok := parseAccount(b[:n])
	if ok {
		c.account = a
		return nil
	}
	return c.recount()
}

// recount counts the shard's files. Who watched may have missed what the one who
// died did.
func (c *critical) recount() error {
	files, err := c.files()
	if err != nil {
		return err
	}
	// Any number that was used before would do harm; this one wasn't.
	c.account = account{change: rand.Uint64()}
	for _, name := range files {
		if _, ok := named(name, entryExt); !ok {
			continue
		}
		info, err := os.Lstat(filepath.Join(c.s.shardDir(c.shard), name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() {
			c.add(1, info.Size())
		}
	}
	c.before, c.dirty, c.changes.many = c.change, true, true
	if c.entries > 0 {
		c.s.ring.owe()
	}
	return nil
}

func (c *critical) add(entries, length int64) {
	c.entries += entries
	c.bytes += entries * length
	c.disk += entries * onDisk(length)
}

// begin notes on disk that a change is under way.
func (c *critical) begin() error {
	if c.dirty {
		return nil
	}
	c.dirty = true
	c.change++
	return c.writeAccount(true)
}

// count adds or takes away one file, of a key if that is known.
func (c *critical) count(key string, entries, length int64) {
	c.add(entries, length)
	d := &c.changes
	if key == "" || d.key != "" && d.key != key {
		d.many = true
		return
	}
	d.key = key
	d.entries += entries
	d.bytes += entries * length
}

// writeAccount writes the account. If the one after a change can't be written,
// the one before it makes the next one count.
func (c *critical) writeAccount(changing bool) error {
	le := binary.LittleEndian
	var b [accountLen]byte
	copy(b[:], accountMagic)
	if changing {
		le.PutUint32(b[12:], 1)
	}
	for i, n := range []int64{int64(c.change), c.entries, c.bytes, c.disk, c.swept} {
		le.PutUint64(b[16+8*i:], uint64(n))
	}
	le.PutUint32(b[8:], crc32.Checksum(b[12:], castagnoli))
	_, err := c.file.WriteAt(b[:], 0)
	return err
}

// sweepEvery is how often a shard is swept while it is written to.
const sweepEvery = time.Hour
