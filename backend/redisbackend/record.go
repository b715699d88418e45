package redisbackend

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// All that there is under a key is one string, so that one command reads an
// entry and one step changes it together with its lease:
//
//	 0  magic, 4 bytes: the format and its version
//	 4  kind of the record: none, a lease, one that was taken over, a failure mark
//	 5  token, 16 bytes
//	21  when the lease, or the mark, was made
//	29  when it runs out
//	37  created; 0: not known            a string that ends here holds no entry
//	45  expires; 0: never
//	53  cost
//	61  length of Meta, 4 bytes
//	65  length of Value, 4 bytes
//	69  Meta, Value
//
// Times are microseconds since 1970 on the server's clock, the cost is
// microseconds, all in 8 bytes, big-endian. lua/record.lua reads and writes the
// same.
const (
	magic      = "cch\x01"
	kindAt     = len(magic)
	leaseEnd   = 37
	createdAt  = 37
	expiresAt  = 45
	costAt     = 53
	metaAt     = 61
	valueAt    = 65
	headLength = 69
)

// largest is how long a string of Redis gets unless its proto-max-bulk-len says
// otherwise.
const largest = 512 << 20

// encode returns the string for an entry without a lease. Its times are left to
// the script, which knows the server's.
func encode(e backend.Entry) []byte {
	data := make([]byte, headLength, headLength+len(e.Meta)+len(e.Value))
	copy(data, magic)
	binary.BigEndian.PutUint64(data[costAt:], uint64(e.Cost.Microseconds()))
	binary.BigEndian.PutUint32(data[metaAt:], uint32(len(e.Meta)))
	binary.BigEndian.PutUint32(data[valueAt:], uint32(len(e.Value)))
	return append(append(data, e.Meta...), e.Value...)
}

// head is what stands in front of an entry.
type head struct {
	created, expires int64 // on the server's clock
	cost             int64
	meta, value      int // lengths
}

// parseHead reads the head of a string, of which the rest may be missing.
// Where there is no entry it says why not.
func parseHead(data []byte) (head, error) {
	switch {
	case len(data) < len(magic) || string(data[:len(magic)]) != magic:
		return head{}, backend.ErrForeign
	case len(data) == leaseEnd:
		return head{}, backend.ErrNotFound // a lease alone
	case len(data) < headLength:
		return head{}, backend.ErrCorrupt
	}
	return head{
		created: int64(binary.BigEndian.Uint64(data[createdAt:])),
		expires: int64(binary.BigEndian.Uint64(data[expiresAt:])),
		cost:    int64(binary.BigEndian.Uint64(data[costAt:])),
		meta:    int(binary.BigEndian.Uint32(data[metaAt:])),
		value:   int(binary.BigEndian.Uint32(data[valueAt:])),
	}, nil
}

// decode makes an entry of a string, which it keeps; its times are translated
// by how far the clocks are apart.
func decode(data []byte, apart offset) (backend.Entry, error) {
	h, err := parseHead(data)
	if err != nil {
		return backend.Entry{}, err
	}
	start := headLength + h.meta
	if len(data) != start+h.value {
		return backend.Entry{}, backend.ErrCorrupt
	}
	return backend.Entry{
		Value: data[start:len(data):len(data)], Meta: data[headLength:start:start],
		Created: apart.local(h.created), Expires: apart.local(h.expires), Cost: time.Duration(h.cost) * time.Microsecond,
	}, nil
}

// hasRecord says that there is a lease or a failure mark, which may have run
// out.
func hasRecord(data []byte) bool {
	return len(data) >= leaseEnd && string(data[:len(magic)]) == magic && data[kindAt] != 0
}

// offset is how far the server's clock is ahead of the local one, in
// microseconds.
type offset int64

// local translates from the server's clock; 0 is the zero time.
func (o offset) local(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros - int64(o))
}

// Times further away than this are as good as there.
const farthest = 250_000 * 365 * 24 * int64(time.Hour/time.Microsecond)

// since is how many microseconds before now t is, rounded down.
func since(now, t time.Time) int64 {
	return clamp(float64(now.Unix()-t.Unix())*1e6 + math.Floor(float64(now.Nanosecond()-t.Nanosecond())/1e3))
}

// until is how many microseconds after now t is, rounded up.
func until(now, t time.Time) int64 {
	return clamp(float64(t.Unix()-now.Unix())*1e6 + math.Ceil(float64(t.Nanosecond()-now.Nanosecond())/1e3))
}

func clamp(micros float64) int64 {
	return int64(max(-float64(farthest), min(micros, float64(farthest))))
}

// micros rounds up, so that a lease lasts for all of its time.
func micros(d time.Duration) int64 {
	return int64((d + time.Microsecond - 1) / time.Microsecond)
}
