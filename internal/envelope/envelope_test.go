package envelope_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/cachier-go/cachier/internal/envelope"
)

var sample = envelope.Meta{Codec: "json", TTL: time.Hour, Generation: 7}

// What other releases wrote must stay readable: this format never changes.
func TestFormatOne(t *testing.T) {
	value := []byte(`{"a":1}`)
	got := envelope.Encode(sample, value)
	want := "cac101" + // the sign and the format
		"cff7d56a" + "2f342337" + // the sums of the value and of Meta
		"0104" + "6a736f6e" + // codec: json
		"0206" + "80c0e285e368" + // TTL: 3600e9 ns
		"0301" + "07" // generation
	if hex.EncodeToString(got) != want {
		t.Errorf("encoded as %x, want %s", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	law := func(codec string, ttl time.Duration, generation uint64, value []byte) bool {
		in := envelope.Meta{Codec: codec, TTL: ttl & math.MaxInt64, Generation: generation}
		out, err := envelope.Decode(envelope.Encode(in, value), value)
		in.Sum = envelope.Sum(value)
		return err == nil && out == in
	}
	if err := quick.Check(law, nil); err != nil {
		t.Error(err)
	}
	out, err := envelope.Decode(envelope.Encode(envelope.Meta{TTL: -1}, nil), nil)
	if err != nil || out != (envelope.Meta{}) {
		t.Errorf("nothing became %+v, %v", out, err)
	}
}

func TestErrors(t *testing.T) {
	value := []byte("value")
	meta := envelope.Encode(sample, value)
	with := func(at int, b byte) []byte {
		changed := slices.Clone(meta)
		changed[at] = b
		return changed
	}
	for _, c := range []struct {
		what        string
		meta, value []byte
		want        error
	}{
		{"no meta", nil, value, envelope.ErrForeign},
		{"one byte", meta[:1], value, envelope.ErrForeign},
		{"somebody else's", []byte("hello world"), value, envelope.ErrForeign},
		{"format 2", with(2, 2), value, envelope.ErrFuture},
		{"format 255", with(2, 255), value, envelope.ErrFuture},
		{"format 0", with(2, 0), value, envelope.ErrCorrupt},
		{"only the sign", meta[:2], value, envelope.ErrCorrupt},
		{"only the header", meta[:11], value, envelope.ErrCorrupt},
		{"cut meta", meta[:len(meta)-1], value, envelope.ErrCorrupt},
		{"longer meta", append(slices.Clone(meta), 0), value, envelope.ErrCorrupt},
		{"cut value", meta, value[:4], envelope.ErrCorrupt},
		{"no value", meta, nil, envelope.ErrCorrupt},
		{"another value", meta, []byte("eulav"), envelope.ErrCorrupt},
		{"longer value", meta, append(slices.Clone(value), 0), envelope.ErrCorrupt},
	} {
		m, err := envelope.Decode(c.meta, c.value)
		if err != c.want || m != (envelope.Meta{}) {
			t.Errorf("%s: %+v, %v, want %v", c.what, m, err, c.want)
		}
	}
}

// A newer release of the same format may add fields.
func TestUnknownFields(t *testing.T) {
	value := []byte("value")
	build := func(fields ...byte) []byte {
		return envelope.Seal(append(envelope.Encode(sample, value), fields...), value)
	}
	if m, err := envelope.Decode(build(200, 2, 'h', 'i'), value); err != nil || m.Codec != "json" {
		t.Errorf("a field that may be skipped: %+v, %v", m, err)
	}
	if _, err := envelope.Decode(build(100, 0), value); err != envelope.ErrFuture {
		t.Errorf("a field that may not be skipped: %v", err)
	}
	for what, fields := range map[string][]byte{
		"no length":            {200},
		"too long":             {200, 3, 'h', 'i'},
		"endless length":       bytes.Repeat([]byte{0xff}, 20),
		"a length of 2^64-1":   {200, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
		"repeated":             {1, 1, 'x'},
		"out of order":         {201, 0, 200, 0},
		"a number with a tail": {3, 2, 1, 1},
	} {
		if _, err := envelope.Decode(build(fields...), value); err != envelope.ErrCorrupt {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(envelope.Encode(sample, []byte("value")), []byte("value"), uint(3))
	f.Add(envelope.Encode(envelope.Meta{}, nil), []byte(nil), uint(0))
	f.Add([]byte{0xca, 0xc1, 1}, []byte("x"), uint(9))
	f.Fuzz(func(t *testing.T, meta, value []byte, bit uint) {
		if _, err := envelope.Decode(meta, value); err != nil && !errors.Is(err, envelope.ErrForeign) &&
			!errors.Is(err, envelope.ErrFuture) && !errors.Is(err, envelope.ErrCorrupt) {
			t.Errorf("an error of no known kind: %v", err)
		}
		// Whatever bit of an entry flips, it is noticed.
		sealed := envelope.Encode(envelope.Meta{Codec: string(meta), Generation: uint64(bit)}, value)
		changed := slices.Clone(value)
		if at := bit % uint(8*(len(sealed)+len(value))); at < uint(8*len(sealed)) {
			sealed[at/8] ^= 1 << (at % 8)
		} else {
			at -= uint(8 * len(sealed))
			changed[at/8] ^= 1 << (at % 8)
		}
		if m, err := envelope.Decode(sealed, changed); err == nil {
			t.Errorf("bit %d flipped unnoticed: %+v", bit, m)
		}
	})
}

// The same for every bit of one entry, in each run.
func TestEveryFlippedBit(t *testing.T) {
	value := []byte(strings.Repeat("value ", 10))
	meta := envelope.Encode(sample, value)
	for _, part := range [][]byte{meta, value} {
		for bit := range 8 * len(part) {
			part[bit/8] ^= 1 << (bit % 8)
			if m, err := envelope.Decode(meta, value); err == nil {
				t.Errorf("bit %d of %d flipped unnoticed: %+v", bit, 8*len(part), m)
			}
			part[bit/8] ^= 1 << (bit % 8)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	value := make([]byte, 1024)
	meta := envelope.Encode(sample, value)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := envelope.Decode(meta, value); err != nil {
			b.Fatal(err)
		}
	}
}
