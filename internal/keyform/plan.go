package keyform

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"unsafe"
)

// Seed makes the hashes of this process unpredictable to those who choose keys.
type Seed struct {
	strings      maphash.Seed
	in, mul, end uint64
}

// NewSeed returns a random seed.
func NewSeed() *Seed {
	// An even factor would lose the highest bits of what it multiplies.
	return &Seed{
		strings: maphash.MakeSeed(),
		in:      rand.Uint64(),
		mul:     rand.Uint64() | 1,
		end:     rand.Uint64() | 1,
	}
}

// String hashes a string as [Plan.Hash] does where it is the whole key.
func (s *Seed) String(v string) uint64 { return maphash.String(s.strings, v) }

// Word hashes an integer as [Plan.Hash] does where it is the whole key and is
// zero-extended to 64 bits.
//
// It takes two rounds, because one alone leaves the high bits of the hashes of
// high numbers unevenly spread.
func (s *Seed) Word(v uint64) uint64 { return mix(mix(v^s.in, s.mul), s.end) }

// mix is the multiplication of wyhash and of Go's own fallback hash: the two
// halves of the 128-bit product, folded. Source: Wang Yi,
// https://github.com/wangyi-fudan/wyhash.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Plan says where in a value of a type its bits are that == compares. Padding
// and fields named _ aren't among them.
type Plan struct {
	segments []segment
}

// segment is one string, or a run of bytes without padding.
type segment struct {
	offset uintptr
	size   uintptr // of the run; the load below 16 bytes is chosen by it
	kind   segmentKind
}

type segmentKind uint8

const (
	segString segmentKind = iota
	seg1
	seg2
	seg4
	seg8
	segBytes // longer than longRun
)

// longRun is where hashing bytes at once begins to be faster than word by word.
const longRun = 64

// Hash hashes the value at ptr. Values that are == have the same hash. Neither
// argument escapes.
func (p *Plan) Hash(seed *Seed, ptr unsafe.Pointer) uint64 {
	if len(p.segments) == 1 && p.segments[0].kind == segString {
		return maphash.String(seed.strings, *(*string)(unsafe.Add(ptr, p.segments[0].offset)))
	}
	h := seed.in
	for i := range p.segments {
		s := &p.segments[i]
		at := unsafe.Add(ptr, s.offset)
		var word uint64
		switch s.kind {
		case segString:
			word = maphash.String(seed.strings, *(*string)(at))
		case seg8:
			word = load8(at)
		case seg4:
			word = uint64(load4(at))
		case seg2:
			word = uint64(load2(at))
		case seg1:
			word = uint64(*(*uint8)(at))
		default:
			word = maphash.Bytes(seed.strings, unsafe.Slice((*byte)(at), s.size))
		}
		h = mix(h^word, seed.mul)
	}
	return mix(h, seed.end)
}

// Equal reports whether the values at a and b are ==. Neither escapes.
func (p *Plan) Equal(a, b unsafe.Pointer) bool {
	for i := range p.segments {
		s := &p.segments[i]
		x, y := unsafe.Add(a, s.offset), unsafe.Add(b, s.offset)
		var same bool
		switch s.kind {
		case segString:
			same = *(*string)(x) == *(*string)(y)
		case seg8:
			same = load8(x) == load8(y)
		case seg4:
			same = load4(x) == load4(y)
		case seg2:
			same = load2(x) == load2(y)
		case seg1:
			same = *(*uint8)(x) == *(*uint8)(y)
		default:
			same = unsafe.String((*byte)(x), s.size) == unsafe.String((*byte)(y), s.size)
		}
		if !same {
			return false
		}
	}
	return true
}

// The loads need no alignment: runs of small fields have none. The compiler
// makes one instruction of each where the machine can do that.

func load8(p unsafe.Pointer) uint64 { return binary.LittleEndian.Uint64((*[8]byte)(p)[:]) }
func load4(p unsafe.Pointer) uint32 { return binary.LittleEndian.Uint32((*[4]byte)(p)[:]) }
func load2(p unsafe.Pointer) uint16 { return binary.LittleEndian.Uint16((*[2]byte)(p)[:]) }

// planner collects the parts of a direct type.
type planner struct {
	parts []segment // of kind segString or segBytes, of any length
}

// add appends the parts of a t at the offset, merging runs that touch.
func (b *planner) add(t reflect.Type, offset uintptr) {
	if len(b.parts) > maxSegments {
		return // too long for a plan already
	}
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.Name != "_" {
				b.add(f.Type, offset+f.Offset)
			}
		}
	case reflect.Array:
		if t.Elem().Size() == 0 {
			return
		}
		if _, scalar := scalars[t.Elem().Kind()]; scalar && t.Elem().Kind() != reflect.String {
			b.run(offset, t.Size())
			return
		}
		for i := range t.Len() {
			b.add(t.Elem(), offset+uintptr(i)*t.Elem().Size())
		}
	case reflect.String:
		b.parts = append(b.parts, segment{offset: offset, size: t.Size(), kind: segString})
	default:
		b.run(offset, t.Size())
	}
}

// run appends a run of bytes without padding.
func (b *planner) run(offset, size uintptr) {
	if size == 0 {
		return
	}
	if n := len(b.parts); n > 0 {
		if last := &b.parts[n-1]; last.kind == segBytes && last.offset+last.size == offset {
			last.size += size
			return
		}
	}
	b.parts = append(b.parts, segment{offset: offset, size: size, kind: segBytes})
}

// plan cuts short runs into words.
func (b *planner) plan() *Plan {
	p := &Plan{}
	for _, part := range b.parts {
		if part.kind == segString || part.size > longRun {
			p.segments = append(p.segments, part)
			continue
		}
		for part.size > 0 {
			word := segment{offset: part.offset}
			switch {
			case part.size >= 8:
				word.size, word.kind = 8, seg8
			case part.size >= 4:
				word.size, word.kind = 4, seg4
			case part.size >= 2:
				word.size, word.kind = 2, seg2
			default:
				word.size, word.kind = 1, seg1
			}
			p.segments = append(p.segments, word)
			part.offset += word.size
			part.size -= word.size
		}
	}
	return p
}
