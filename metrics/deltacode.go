package metrics

import (
	"encoding/binary"
	"errors"
	"math"
)

var errDelta = errors.New("cachier: malformed delta")

// deltaWriter packs numbers into half bytes: three bits each, and one that says
// that more follow. Most counts of a second are small: they take half of what
// they would as varints of whole bytes.
type deltaWriter struct {
	buf  []byte
	bits uint64 // not yet in buf, the first ones lowest
	n    uint   // how many; less than 32 between calls
	as   precision
}

func (w *deltaWriter) uvarint(v uint64) {
	for v > 7 {
		w.put(v&7|8, 4)
		v >>= 3
	}
	w.put(v, 4)
}

func (w *deltaWriter) float(v float64) {
	if w.as == wide {
		bits := math.Float64bits(v)
		w.put(bits&math.MaxUint32, 32)
		w.put(bits>>32, 32)
		return
	}
	w.put(uint64(math.Float32bits(float32(v))), 32)
}

// put appends n bits, at most 32.
func (w *deltaWriter) put(v uint64, n uint) {
	w.bits |= v << w.n
	if w.n += n; w.n >= 32 {
		w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(w.bits))
		w.bits >>= 32
		w.n -= 32
	}
}

// end returns all that was written, in whole bytes.
func (w *deltaWriter) end() []byte {
	for ; w.n > 0; w.n -= min(w.n, 8) {
		w.buf = append(w.buf, byte(w.bits))
		w.bits >>= 8
	}
	return w.buf
}

// precision is how exactly a delta has sums; its first number.
type precision uint8

const (
	narrow  precision = iota // 32 bits: seven digits
	wide                     // to the last bit
	compact                  // of histograms to six digits, by how far they are from what the buckets let expect
)

// spread is how far a sum may be from what the buckets let expect, which is
// within 4.4 %, to be kept as 16 bits of that.
const spread = 1.0 / 16

func (w *deltaWriter) ratio(r float64) {
	w.put(uint64(math.Round((r+spread)/(2*spread)*math.MaxUint16)), 16)
}

func (d *deltaReader) ratio() float64 { return float64(d.take(16))/math.MaxUint16*2*spread - spread }

// centers are those of the buckets, by place.
var centers = func() (all [indexMask + 1]float64) {
	for place := range all {
		all[place] = center(place + lowestSeconds)
	}
	return all
}()

// expected is the sum of the values in a bucket, as far as it tells.
func (b bucket) expected() float64 { return float64(b.count()) * centers[b.place()] }

// deltaReader takes a delta apart. After the first mistake it yields zeros,
// which end every list.
type deltaReader struct {
	rest []byte
	bits uint64 // not yet taken, the first ones lowest
	n    uint   // how many; less than 64
	err  error
}

func (d *deltaReader) uvarint() (v uint64) {
	for shift := uint(0); ; shift += 3 {
		if d.n < 4 && !d.fill(4) {
			return 0
		}
		b := d.bits & 15
		d.bits >>= 4
		d.n -= 4
		v |= b & 7 << shift
		if b < 8 {
			return v
		}
		if shift > 63 {
			d.fail()
			return 0
		}
	}
}

func (d *deltaReader) float(as precision) float64 {
	low := d.take(32)
	if as != wide {
		return float64(math.Float32frombits(uint32(low)))
	}
	return math.Float64frombits(d.take(32)<<32 | low)
}

// take returns the next n bits, at most 32.
func (d *deltaReader) take(n uint) uint64 {
	if d.n < n && !d.fill(n) {
		return 0
	}
	v := d.bits & (1<<n - 1)
	d.bits >>= n
	d.n -= n
	return v
}

// fill sees to it that n bits are there, of which there are fewer; false if there
// are no more.
func (d *deltaReader) fill(n uint) bool {
	if len(d.rest) >= 4 {
		d.bits |= uint64(binary.LittleEndian.Uint32(d.rest)) << d.n
		d.rest = d.rest[4:]
		d.n += 32
		return true
	}
	for d.n < n {
		if len(d.rest) == 0 {
			d.fail()
			return false
		}
		d.bits |= uint64(d.rest[0]) << d.n
		d.rest = d.rest[1:]
		d.n += 8
	}
	return true
}

func (d *deltaReader) fail() {
	d.rest, d.bits, d.n, d.err = nil, 0, 0, errDelta
}

// next returns the place of the next item in a list of n, or -1 at its end.
func (d *deltaReader) next(last, n int) int {
	gap := d.uvarint()
	if gap == 0 {
		return -1
	}
	if gap >= uint64(n-last) {
		d.fail()
		return -1
	}
	return last + int(gap)
}

// end returns the first mistake; something left over is one.
func (d *deltaReader) end() error {
	if d.err == nil && (len(d.rest) > 0 || d.bits != 0 || d.n >= 8) {
		return errDelta
	}
	return d.err
}
