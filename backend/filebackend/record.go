package filebackend

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"os"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// record is a lease or a failure mark: the one record under a key that
// [backend.Locker] speaks of. Its file, which is only looked at and changed
// within the shard's critical section, is, little-endian:
//
//	 0  magic, 8 bytes
//	 8  CRC-32C of what follows, uint32
//	12  1 if made by TakeOver, otherwise 0, uint32
//	16  token, 16 bytes
//	32  since, expires, failed: Unix nanoseconds, 0 for none, int64 each
//	56  the key
//
// A file that isn't that, because its writer died, is no record: then nobody
// holds the lease.
type record struct {
	token     string // in hexadecimal digits
	since     int64
	expires   int64
	failed    int64 // when the mark was made; 0: a lease
	takenOver bool
	key       string
}

const (
	recordMagic = "cachierL"
	recordLen   = 56

	// stepBack is how far the clock may be behind a record before that is taken
	// for one that a wrong clock made: such a lease would be held for ages.
	stepBack = time.Minute
)

// newToken is different from every other one.
func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// mark says that the record is a failure mark that is young at the given time.
func (r *record) mark(now int64) bool {
	return r.failed != 0 && now < r.failed+int64(backend.FailureMark) && now >= r.failed-int64(stepBack)
}

// held says that the record is a lease that hasn't run out.
func (r *record) held(now int64) bool { return r.failed == 0 && r.lasts(now) }

// lasts says that a token of the record is still held.
func (r *record) lasts(now int64) bool {
	return r.token != "" && now < r.expires && now >= r.since-int64(stepBack)
}

// over says that the record means nothing any more.
func (r *record) over(now int64) bool { return !r.lasts(now) && !r.mark(now) }

func (r *record) holder() backend.Holder {
	return backend.Holder{
		Token: r.token, Since: time.Unix(0, r.since), Expires: time.Unix(0, r.expires), TakenOver: r.takenOver,
	}
}

// after is the time d later, without running over.
func after(now int64, d time.Duration) int64 {
	if int64(d) > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + int64(d)
}

func (r *record) encode() []byte {
	le := binary.LittleEndian
	b := make([]byte, recordLen, recordLen+len(r.key))
	copy(b, recordMagic)
	if r.takenOver {
		le.PutUint32(b[12:], 1)
	}
	_, _ = hex.Decode(b[16:32], []byte(r.token))
	le.PutUint64(b[32:], uint64(r.since))
	le.PutUint64(b[40:], uint64(r.expires))
	le.PutUint64(b[48:], uint64(r.failed))
	b = append(b, r.key...)
	le.PutUint32(b[8:], crc32.Checksum(b[12:], castagnoli))
	return b
}

// decodeRecord returns no record, with an empty token, for anything else.
func decodeRecord(b []byte) record {
	le := binary.LittleEndian
	if len(b) < recordLen || string(b[:8]) != recordMagic || le.Uint32(b[8:]) != crc32.Checksum(b[12:], castagnoli) {
		return record{}
	}
	return record{
		takenOver: le.Uint32(b[12:]) != 0, token: hex.EncodeToString(b[16:32]),
		since: int64(le.Uint64(b[32:])), expires: int64(le.Uint64(b[40:])), failed: int64(le.Uint64(b[48:])),
		key: string(b[recordLen:]),
	}
}

// readRecord returns the record of a file of that name in the shard, or none.
func (c *critical) readRecord(p spot) (record, error) {
	var buf [1024]byte
	n, length, err := readStart(c.s.path(p, leaseExt), buf[:])
	switch {
	case errors.Is(err, os.ErrNotExist):
		return record{}, nil
	case err != nil:
		return record{}, err
	case length <= int64(n):
		return decodeRecord(buf[:n]), nil
	}
	f, err := os.Open(c.s.path(p, leaseExt)) // a long key
	if err != nil {
		return record{}, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, math.MaxUint16+recordLen+1))
	return decodeRecord(b), err
}

// writeRecord writes over what is there: nobody else looks, and a record that is
// as long as before needs no room on the disk.
func (c *critical) writeRecord(p spot, r *record) error {
	f, err := os.OpenFile(c.s.path(p, leaseExt), os.O_WRONLY|os.O_CREATE, fileMode)
	if err != nil {
		return full(err)
	}
	b := r.encode()
	_, err = f.Write(b)
	if err == nil {
		err = f.Truncate(int64(len(b)))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(c.s.path(p, leaseExt))
	}
	return full(err)
}

// removeRecord breaks whatever lease or mark there is.
func (c *critical) removeRecord(p spot) error {
	if err := os.Remove(c.s.path(p, leaseExt)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
