package keyform_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
	"unsafe"

	"github.com/cachier-go/cachier/internal/keyform"
)

// agree checks the laws of a direct type on two values: Equal is ==, == values
// have one hash and one encoding, others have different encodings.
func agree[K comparable](t *testing.T, a, b K) {
	t.Helper()
	f := form[K](t)
	if !f.Direct {
		t.Fatalf("%T is not direct", a)
	}
	x, y := unsafe.Pointer(&a), unsafe.Pointer(&b)
	if got := f.Plan.Equal(x, y); got != (a == b) {
		t.Errorf("Equal(%#v, %#v) = %v", a, b, got)
	}
	if got := string(f.Append(nil, x)) == string(f.Append(nil, y)); got != (a == b) {
		t.Errorf("equal encodings of %#v and %#v: %v", a, b, got)
	}
	if one, other := f.Plan.Hash(seed, x), f.Plan.Hash(seed, y); (one == other) != (a == b) {
		// Different values collide once in 2^64.
		t.Errorf("hashes of %#v and %#v: %x and %x", a, b, one, other)
	}
}

var seed = keyform.NewSeed()

// laws checks them on random values, copies of them with other padding, and
// copies of them with one part changed.
func laws[K comparable](t *testing.T) {
	t.Helper()
	err := quick.Check(func(a, b K, rubbish byte) bool {
		agree(t, a, b)
		agree(t, a, a)
		agree(t, dirty(a, rubbish), a)
		agree(t, change(a), a)
		return !t.Failed()
	}, &quick.Config{MaxCount: 200})
	if err != nil {
		t.Errorf("%v: %v", reflect.TypeFor[K](), err)
	}
}

// dirty returns a value that is == but has other bytes in its padding and in
// fields named _.
func dirty[K comparable](k K, rubbish byte) K {
	out := new(K)
	raw := unsafe.Slice((*byte)(unsafe.Pointer(out)), unsafe.Sizeof(*out))
	for i := range raw {
		raw[i] = rubbish
	}
	assign(reflect.ValueOf(out).Elem(), reflect.ValueOf(&k).Elem())
	return *out
}

// assign copies part by part, so that what is between them stays.
func assign(dst, src reflect.Value) {
	switch dst.Kind() {
	case reflect.Struct:
		for i := range dst.NumField() {
			if dst.Type().Field(i).Name != "_" {
				assign(dst.Field(i), src.Field(i))
			}
		}
	case reflect.Array:
		for i := range dst.Len() {
			assign(dst.Index(i), src.Index(i))
		}
	default:
		open(dst).Set(open(src))
	}
}

// change returns a copy of k that differs in one random part, if it has parts.
func change[K comparable](k K) K {
	var parts []reflect.Value
	var collect func(v reflect.Value)
	collect = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).Name != "_" {
					collect(v.Field(i))
				}
			}
		case reflect.Array:
			for i := range v.Len() {
				collect(v.Index(i))
			}
		default:
			parts = append(parts, open(v))
		}
	}
	collect(reflect.ValueOf(&k).Elem())
	if len(parts) == 0 {
		return k
	}
	switch part := parts[rand.IntN(len(parts))]; part.Kind() {
	case reflect.String:
		part.SetString(part.String() + "x")
	case reflect.Bool:
		part.SetBool(!part.Bool())
	default:
		if part.CanInt() {
			part.SetInt(part.Int() ^ 1)
		} else {
			part.SetUint(part.Uint() ^ 1)
		}
	}
	return k
}

// open lifts the protection of unexported fields.
func open(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}

func TestPlansAgreeWithGo(t *testing.T) {
	laws[string](t)
	laws[name](t)
	laws[int](t)
	laws[int8](t)
	laws[uint16](t)
	laws[id](t)
	laws[bool](t)
	laws[pair](t)
	laws[struct{}](t)
	laws[[0]string](t)
	laws[[16]byte](t)
	laws[[7]int16](t)
	laws[[100]byte](t)
	laws[[33]uint64](t)
	laws[[3]string](t)
	laws[struct {
		A string
		B int64
	}](t)
	laws[struct {
		A uint8
		B uint64
		C uint8
		D [3]uint16
		E string
		F bool
	}](t)
	laws[[2]struct {
		A uint16
		B [2]struct {
			C uint8
			D uint32
			E string
		}
	}](t)
}

// testing/quick can't fill these: unexported and blank fields.
func TestHiddenAndBlankFields(t *testing.T) {
	for range 200 {
		p := padded{Small: uint8(rand.Uint()), Large: rand.Int64(), Text: "x", hidden: uint16(rand.Uint())}
		agree(t, dirty(p, byte(rand.Uint())), p)
		agree(t, change(p), p)
		n := nested{In: [2]padded{p, change(p)}, Name: "n"}
		agree(t, dirty(n, byte(rand.Uint())), n)
		agree(t, change(n), n)
	}
}

func TestSeedAgreesWithPlans(t *testing.T) {
	s, u := "some text", uint32(77)
	if seed.String(s) != form[string](t).Plan.Hash(seed, unsafe.Pointer(&s)) {
		t.Error("String is not the hash of a string key")
	}
	if seed.Word(uint64(u)) != form[uint32](t).Plan.Hash(seed, unsafe.Pointer(&u)) {
		t.Error("Word is not the hash of an integer key")
	}
	if keyform.NewSeed().Word(1) == seed.Word(1) {
		t.Error("two seeds hash alike")
	}
}

// Keys that follow each other must spread over the buckets of a table, by their
// low bits, and over its tags, by their high bits: chi-squared for 256 cells has
// a mean of 255 and a deviation of 22.6; 400 is out of the question.
func TestHashesSpread(t *testing.T) {
	check := func(what string, hash func(i int) uint64) {
		t.Helper()
		const n = 256 * 100
		var low, high [256]float64
		for i := range n {
			h := hash(i)
			low[h&255]++
			high[h>>56]++
		}
		for where, cells := range map[string][256]float64{"low": low, "high": high} {
			var chi float64
			for _, c := range cells {
				chi += (c - 100) * (c - 100) / 100
			}
			if chi > 400 {
				t.Errorf("%s, %s bits: chi-squared is %.0f", what, where, chi)
			}
		}
	}
	pairs := form[pair](t)
	check("following integers", func(i int) uint64 { return seed.Word(uint64(i)) })
	check("multiples of 4096", func(i int) uint64 { return seed.Word(uint64(i) << 12) })
	check("high integers", func(i int) uint64 { return seed.Word(uint64(i) << 40) })
	check("first of a pair", func(i int) uint64 {
		return pairs.Plan.Hash(seed, unsafe.Pointer(&pair{int64(i), 1}))
	})
	check("both of a pair", func(i int) uint64 {
		return pairs.Plan.Hash(seed, unsafe.Pointer(&pair{int64(i % 160), int64(i / 160)}))
	})
}

func BenchmarkHashAndEqual(b *testing.B) {
	type key struct {
		A string
		B int64
	}
	f := form[key](b)
	k, l := key{"a string of 20 bytes", 7}, key{strings.Clone("a string of 20 bytes"), 7}
	var sum uint64
	b.Run("struct", func(b *testing.B) {
		for b.Loop() {
			sum += f.Plan.Hash(seed, unsafe.Pointer(&k))
			if !f.Plan.Equal(unsafe.Pointer(&k), unsafe.Pointer(&l)) {
				b.Fatal("not equal")
			}
		}
	})
	b.Run("string", func(b *testing.B) {
		for b.Loop() {
			sum += seed.String(k.A)
		}
	})
	b.Run("word", func(b *testing.B) {
		for b.Loop() {
			sum += seed.Word(uint64(k.B))
		}
	})
	b.Run("encode", func(b *testing.B) {
		var dst []byte
		for b.Loop() {
			dst = keyform.AppendAny(f, dst[:0], &k)
		}
	})
	b.Run("stored", func(b *testing.B) {
		p := keyform.VersionPrefix("github.com/acme/shop", "users.fetch", "abcdef012345")
		for b.Loop() {
			keyform.Join(p, []byte("some key"))
		}
	})
}
