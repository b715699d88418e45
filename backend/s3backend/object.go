package s3backend

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// An object is a head of fixed length, the key, Meta, the value, and up to three
// zeros, all numbers big-endian:
//
//	  0  magic, 8 bytes
//	  8  kind of the record: none, a lease, one that was taken over, a failure mark
//	  9  1: there is an entry
//	 10  zero, uint16
//	 12  length of the key, uint32
//	 16  drawn for each writing, 16 bytes
//	 32  token of the record, 16 bytes
//	 48  when the record was made, int64
//	 56  when it runs out, int64
//	 64  when its failure was, int64
//	 72  created; 0: not known, int64
//	 80  expires; 0: never, int64
//	 88  cost, nanoseconds, int64
//	 96  length of the value, uint64
//	104  length of Meta, uint32
//	108  CRC-32C of the value, uint32
//	112  CRC-32C of all before, key and Meta, uint32
//
// Times are microseconds since 1970 on the server's clock. What is drawn makes
// the ETag of each writing another one, also where that is a hash of the
// content; so a condition on the ETag is one on the whole state.
const (
	magic   = "cachier3"
	headLen = 116
	sumAt   = 112
)

// class is what an object holds. Its length is that, modulo four: a listing
// tells nothing else of an object.
type class int64

const (
	entryAlone class = iota
	entryAndRecord
	recordAlone
	nothing // what was deleted, or released, in a way that breaks leases
)

func classOf(length int64) class { return class(length % 4) }

func (c class) entry() bool  { return c == entryAlone || c == entryAndRecord }
func (c class) record() bool { return c == entryAndRecord || c == recordAlone }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// state is all that there is under a key. Its times are on the server's clock.
type state struct {
	key    string
	drawn  [16]byte
	record record

	entry            bool
	created, expires int64
	cost             time.Duration
	meta, value      []byte
	valueLen         int64 // also where the value wasn't read
}

func (s *state) class() class {
	switch {
	case s.entry && s.record.kind != none:
		return entryAndRecord
	case s.entry:
		return entryAlone
	case s.record.kind != none:
		return recordAlone
	default:
		return nothing
	}
}

// encode returns the object, with something else drawn for it.
func (s *state) encode() []byte {
	_, _ = rand.Read(s.drawn[:]) // never fails
	be, used := binary.BigEndian, headLen+len(s.key)+len(s.meta)+len(s.value)
	length := used + int((int64(s.class())-int64(used)%4+4)%4)
	dst := make([]byte, 0, length)
	dst = append(dst, magic...)
	dst = append(dst, byte(s.record.kind), 0, 0, 0)
	if s.entry {
		dst[9] = 1
	}
	dst = be.AppendUint32(dst, uint32(len(s.key)))
	dst = append(dst, s.drawn[:]...)
	dst = append(dst, s.record.token[:]...)
	dst = be.AppendUint64(dst, uint64(s.record.since))
	dst = be.AppendUint64(dst, uint64(s.record.until))
	dst = be.AppendUint64(dst, uint64(s.record.failed))
	dst = be.AppendUint64(dst, uint64(s.created))
	dst = be.AppendUint64(dst, uint64(s.expires))
	dst = be.AppendUint64(dst, uint64(s.cost))
	dst = be.AppendUint64(dst, uint64(len(s.value)))
	dst = be.AppendUint32(dst, uint32(len(s.meta)))
	dst = be.AppendUint32(dst, crc32.Checksum(s.value, castagnoli))
	dst = append(dst, 0, 0, 0, 0) // the checksum
	dst = append(dst, s.key...)
	dst = append(dst, s.meta...)
	be.PutUint32(dst[sumAt:], headSum(dst))
	dst = append(dst, s.value...)
	return dst[:length]
}

// headSum is the checksum of a head with key and Meta, which is all of b.
func headSum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:sumAt], castagnoli), castagnoli, b[headLen:])
}

// parse reads the beginning of an object of the given length, at least its head,
// and as much of the value as there is.
func parse(b []byte, length int64, key string) (s state, err error) {
	if len(b) < headLen || string(b[:len(magic)]) != magic {
		return state{}, corrupt("no entry")
	}
	be := binary.BigEndian
	keyLen, metaLen, valueLen := be.Uint32(b[12:]), be.Uint32(b[104:]), be.Uint64(b[96:])
	before := headLen + int64(keyLen) + int64(metaLen)
	switch {
	case valueLen > math.MaxInt64/2 || length-before-int64(valueLen) < 0 || length-before-int64(valueLen) > 3:
		return state{}, corrupt("not as long as it says")
	case int64(len(b)) < before:
		return state{}, errShort
	case be.Uint32(b[sumAt:]) != headSum(b[:before]):
		return state{}, corrupt("its head has another checksum")
	}
	keyEnd := headLen + int(keyLen)
	valueEnd := min(int(before)+int(valueLen), len(b))
	s = state{
		key: string(b[headLen:keyEnd]), drawn: [16]byte(b[16:]),
		record: record{kind: kind(b[8]), token: [16]byte(b[32:]), since: int64(be.Uint64(b[48:])), until: int64(be.Uint64(b[56:])), failed: int64(be.Uint64(b[64:]))},
		entry:  b[9] == 1, created: int64(be.Uint64(b[72:])), expires: int64(be.Uint64(b[80:])), cost: time.Duration(be.Uint64(b[88:])),
		meta: b[keyEnd:before:before], value: b[before:valueEnd:valueEnd], valueLen: int64(valueLen),
	}
	switch {
	case key != "" && s.key != key:
		return state{}, corrupt("it is another key's")
	case s.class() != classOf(length):
		return state{}, corrupt("not as long as what it holds")
	case s.whole() && crc32.Checksum(s.value, castagnoli) != be.Uint32(b[108:]):
		return state{}, corrupt("its value has another checksum")
	}
	return s, nil
}

// whole says that the whole value was read.
func (s *state) whole() bool { return int64(len(s.value)) == s.valueLen }

// put makes e the entry, and ends the record.
func (s *state) put(e backend.Entry, apart time.Duration) {
	s.record, s.entry = record{}, true
	s.created, s.expires, s.cost = micros(e.Created, apart, false), micros(e.Expires, apart, true), e.Cost
	s.meta, s.value, s.valueLen = e.Meta, e.Value, int64(len(e.Value))
}

// got is the entry, for the caller's clock.
func (s *state) got(apart time.Duration) backend.Entry {
	return backend.Entry{
		Value: s.value, Meta: s.meta, Cost: s.cost,
		Created: local(s.created, apart), Expires: local(s.expires, apart),
	}
}

func corrupt(why string) error {
	return fmt.Errorf("s3backend: %w: %s", backend.ErrCorrupt, why)
}
