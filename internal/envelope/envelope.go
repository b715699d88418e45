package envelope

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// What Decode can't read. All three mean that the entry must be computed anew.
var (
	// ErrForeign: this isn't the Meta of an entry of ours.
	ErrForeign = errors.New("cachier: stored entry is not one of this library")
	// ErrFuture: a newer release wrote it in a way that this one doesn't know.
	ErrFuture = errors.New("cachier: stored entry has a newer format")
	// ErrCorrupt: value or Meta are not what was stored.
	ErrCorrupt = errors.New("cachier: stored entry is corrupt")
)

// Meta is what is kept beside a value.
type Meta struct {
	Codec      string        // how the value is encoded: json, gob, bytes, ...
	TTL        time.Duration // how long the value is fresh; 0: it never gets stale
	Generation uint64        // of the function's entries when it was computed

	// Sum is the CRC-32C of the value, with which two values can be told apart
	// without fetching both. Decode fills it in, Encode ignores it.
	Sum uint32
}

const (
	magic0, magic1 = 0xCA, 0xC1
	format         = 1
	header         = 11

	tagCodec      = 1
	tagTTL        = 2 // nanoseconds
	tagGeneration = 3
	tagOptional   = 128 // from here on, fields that may be skipped
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Sum is the CRC-32C of a value, as in [Meta].
func Sum(value []byte) uint32 { return crc32.Checksum(value, castagnoli) }

// Encode returns the Meta for a value, in a new slice. It reads the value once,
// for its checksum, and keeps nothing of it. Negative TTLs count as 0.
func Encode(m Meta, value []byte) []byte {
	dst := make([]byte, header, header+len(m.Codec)+24)
	dst[0], dst[1], dst[2] = magic0, magic1, format
	binary.BigEndian.PutUint32(dst[3:], Sum(value))
	if m.Codec != "" {
		dst = append(dst, tagCodec)
		dst = binary.AppendUvarint(dst, uint64(len(m.Codec)))
		dst = append(dst, m.Codec...)
	}
	dst = appendNumber(dst, tagTTL, uint64(max(m.TTL, 0)))
	dst = appendNumber(dst, tagGeneration, m.Generation)
	binary.BigEndian.PutUint32(dst[7:], metaSum(dst, len(value)))
	return dst
}

// appendNumber leaves out zeros.
func appendNumber(dst []byte, tag byte, n uint64) []byte {
	if n == 0 {
		return dst
	}
	var b [binary.MaxVarintLen64]byte
	size := binary.PutUvarint(b[:], n)
	return append(append(dst, tag, byte(size)), b[:size]...)
}

// metaSum is the checksum of Meta without the checksum itself. The length of
// the value is in it because a CRC alone can miss zeros added to a value.
func metaSum(meta []byte, length int) uint32 {
	sum := crc32.Checksum(meta[:7], castagnoli)
	sum = crc32.Update(sum, castagnoli, meta[header:])
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(length))
	return crc32.Update(sum, castagnoli, b[:])
}

// Decode reads a Meta and checks it and the value. The error is ErrForeign,
// ErrFuture or ErrCorrupt. Nothing of the slices is kept.
func Decode(meta, value []byte) (Meta, error) {
	switch {
	case len(meta) < 2 || meta[0] != magic0 || meta[1] != magic1:
		return Meta{}, ErrForeign
	case len(meta) > 2 && meta[2] > format:
		return Meta{}, ErrFuture
	case len(meta) < header || meta[2] != format,
		binary.BigEndian.Uint32(meta[7:]) != metaSum(meta, len(value)),
		binary.BigEndian.Uint32(meta[3:]) != Sum(value):
		return Meta{}, ErrCorrupt
	}
	m := Meta{Sum: binary.BigEndian.Uint32(meta[3:])}
	last := -1
	for rest := meta[header:]; len(rest) > 0; {
		tag := rest[0]
		length, n := binary.Uvarint(rest[1:])
		if n <= 0 || length > uint64(len(rest)-1-n) || int(tag) <= last {
			return Meta{}, ErrCorrupt
		}
		last = int(tag)
		content := rest[1+n:][:length]
		rest = rest[1+n+int(length):]
		if err := m.field(tag, content); err != nil {
			return Meta{}, err
		}
	}
	return m, nil
}

// field reads one field.
func (m *Meta) field(tag byte, content []byte) error {
	switch {
	case tag == tagCodec:
		m.Codec = string(content)
		return nil
	case tag == tagTTL, tag == tagGeneration:
		number, n := binary.Uvarint(content)
		if n <= 0 || n != len(content) {
			return ErrCorrupt
		}
		if tag == tagGeneration {
			m.Generation = number
			return nil
		}
		if m.TTL = time.Duration(number); m.TTL < 0 {
			return ErrCorrupt
		}
		return nil
	case tag >= tagOptional:
		return nil
	default:
		return ErrFuture
	}
}
