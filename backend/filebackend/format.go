package filebackend

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// An entry's file is a head of fixed length, the key, Meta and the value, all
// numbers little-endian:
//
//	 0  magic, 8 bytes
//	 8  format, uint32
//	12  CRC-32C of the head without these four bytes, the key and Meta, uint32
//	16  Created, seconds of Unix time, int64
//	24  Expires, likewise
//	32  Created, nanoseconds within the second, uint32
//	36  Expires, likewise
//	40  Cost, nanoseconds, int64
//	48  length of the value, uint64
//	56  length of Meta, uint32
//	60  length of the key, uint32
//	64  CRC-32C of the value, uint32
//	68  zero, uint32
//
// The zero time.Time has its place in Unix time, and needs no mark.
const (
	entryMagic  = "cachierE"
	entryFormat = 1
	headLen     = 72
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// head is what stands before the value.
type head struct {
	key, meta        []byte // parts of what was read
	created, expires time.Time
	cost             time.Duration
	size             uint64 // of the value
	sum              uint32 // of the value
	length           int    // of head, key and Meta: where the value begins
}

func (h *head) info() backend.Info {
	return backend.Info{Key: string(h.key), Size: int64(h.size), Created: h.created, Expires: h.expires}
}

// fileLen is how long the file of an entry is.
func fileLen(key string, e *backend.Entry) int64 {
	return int64(headLen) + int64(len(key)) + int64(len(e.Meta)) + int64(len(e.Value))
}

// appendHead appends all of an entry's file but the value.
func appendHead(dst []byte, key string, e *backend.Entry) ([]byte, error) {
	if len(key) > math.MaxUint16 || int64(len(e.Meta)) > math.MaxInt32 {
		return nil, fmt.Errorf("filebackend: key or Meta: %w", backend.ErrTooLarge)
	}
	le, start := binary.LittleEndian, len(dst)
	dst = append(dst, entryMagic...)
	dst = le.AppendUint32(dst, entryFormat)
	dst = le.AppendUint32(dst, 0) // the checksum
	dst = le.AppendUint64(dst, uint64(e.Created.Unix()))
	dst = le.AppendUint64(dst, uint64(e.Expires.Unix()))
	dst = le.AppendUint32(dst, uint32(e.Created.Nanosecond()))
	dst = le.AppendUint32(dst, uint32(e.Expires.Nanosecond()))
	dst = le.AppendUint64(dst, uint64(e.Cost))
	dst = le.AppendUint64(dst, uint64(len(e.Value)))
	dst = le.AppendUint32(dst, uint32(len(e.Meta)))
	dst = le.AppendUint32(dst, uint32(len(key)))
	dst = le.AppendUint32(dst, crc32.Checksum(e.Value, castagnoli))
	dst = le.AppendUint32(dst, 0)
	dst = append(dst, key...)
	dst = append(dst, e.Meta...)
	le.PutUint32(dst[start+12:], headSum(dst[start:]))
	return dst, nil
}

// headSum is the checksum of a head with its key and Meta.
func headSum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:12], castagnoli), castagnoli, b[16:])
}

// ours says whether the first bytes of a file are of an entry in a form that is
// known here. What has another magic in a place of ours is damaged; a newer
// format is foreign.
func ours(b []byte) error {
	switch {
	case len(b) < headLen:
		return corrupt("cut short")
	case string(b[:8]) != entryMagic:
		return corrupt("no entry")
	case binary.LittleEndian.Uint32(b[8:]) != entryFormat:
		return foreign(b)
	}
	return nil
}

// foreign tells a newer format from a damaged number: formats count up slowly.
func foreign(b []byte) error {
	if n := binary.LittleEndian.Uint32(b[8:]); n > entryFormat && n < 1000 {
		return fmt.Errorf("filebackend: %w: it has the newer format %d", backend.ErrForeign, n)
	}
	return corrupt("no such format")
}

func corrupt(why string) error {
	return fmt.Errorf("filebackend: %w: %s", backend.ErrCorrupt, why)
}

// headNeeds returns how many bytes there are before the value, which may be more
// than b holds.
func headNeeds(b []byte) (int, error) {
	if err := ours(b); err != nil {
		return 0, err
	}
	n := uint64(headLen) + uint64(binary.LittleEndian.Uint32(b[56:])) + uint64(binary.LittleEndian.Uint32(b[60:]))
	if n > math.MaxInt32 {
		return 0, corrupt("impossible lengths")
	}
	return int(n), nil
}

// decodeHead reads the head at the beginning of b, of a file of the given length.
func decodeHead(b []byte, length int64) (head, error) {
	n, err := headNeeds(b)
	if err != nil {
		return head{}, err
	}
	le := binary.LittleEndian
	size := le.Uint64(b[48:])
	switch {
	case len(b) < n || size > math.MaxInt64/2 || length != int64(n)+int64(size):
		return head{}, corrupt("not as long as it says")
	case le.Uint32(b[12:]) != headSum(b[:n]):
		return head{}, corrupt("its head has another checksum")
	}
	keyEnd := headLen + int(le.Uint32(b[60:]))
	return head{
		key: b[headLen:keyEnd:keyEnd], meta: b[keyEnd:n:n],
		created: stamp(le.Uint64(b[16:]), le.Uint32(b[32:])), expires: stamp(le.Uint64(b[24:]), le.Uint32(b[36:])),
		cost: time.Duration(le.Uint64(b[40:])), size: size, sum: le.Uint32(b[64:]), length: n,
	}, nil
}

// stamp keeps the zero time.Time recognizable by ==, too.
func stamp(sec uint64, nsec uint32) time.Time {
	t := time.Unix(int64(sec), int64(nsec))
	if t.IsZero() {
		return time.Time{}
	}
	return t
}

// decode reads a whole file. The entry's slices are parts of b.
func decode(b []byte, key string) (backend.Entry, error) {
	h, err := decodeHead(b, int64(len(b)))
	switch {
	case err != nil:
		return backend.Entry{}, err
	case string(h.key) != key: // the hashes collide
		return backend.Entry{}, backend.ErrNotFound
	}
	value := b[h.length:len(b):len(b)]
	if crc32.Checksum(value, castagnoli) != h.sum {
		return backend.Entry{}, corrupt("its value has another checksum")
	}
	return backend.Entry{Value: value, Created: h.created, Expires: h.expires, Cost: h.cost, Meta: h.meta}, nil
}
