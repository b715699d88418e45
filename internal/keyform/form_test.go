package keyform_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/cachier-go/cachier/internal/keyform"
)

type (
	id     int32
	name   string
	pair   struct{ A, B int64 }
	padded struct {
		Small  uint8
		Large  int64
		Text   string
		hidden uint16
		_      int32
		Done   bool
	}
	nested struct {
		In   [2]padded
		Name name
	}
	query struct {
		Tags  []string
		Where map[string]int
		Raw   []byte
	}
	tree struct{ Kids []tree }
)

// form is the Form of K, which must have one.
func form[K any](t testing.TB) *keyform.Form {
	t.Helper()
	f, err := keyform.Of(reflect.TypeFor[K]())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		of   reflect.Type
		want keyform.Kind
	}{
		{reflect.TypeFor[string](), keyform.String},
		{reflect.TypeFor[name](), keyform.String},
		{reflect.TypeFor[int](), keyform.Word},
		{reflect.TypeFor[id](), keyform.Word},
		{reflect.TypeFor[bool](), keyform.Word},
		{reflect.TypeFor[uint64](), keyform.Word},
		{reflect.TypeFor[time.Duration](), keyform.Word},
		{reflect.TypeFor[pair](), keyform.Fixed},
		{reflect.TypeFor[padded](), keyform.Fixed},
		{reflect.TypeFor[nested](), keyform.Fixed},
		{reflect.TypeFor[struct{}](), keyform.Fixed},
		{reflect.TypeFor[[16]byte](), keyform.Fixed},
		{reflect.TypeFor[[1 << 20]byte](), keyform.Fixed},
		{reflect.TypeFor[[3]string](), keyform.Fixed},
		{reflect.TypeFor[[1000]string](), keyform.Encoded}, // too long for a plan
		{reflect.TypeFor[[]string](), keyform.Encoded},
		{reflect.TypeFor[[]byte](), keyform.Encoded},
		{reflect.TypeFor[map[id][]pair](), keyform.Encoded},
		{reflect.TypeFor[query](), keyform.Encoded},
		{reflect.TypeFor[[2]query](), keyform.Encoded},
	} {
		f, err := keyform.Of(c.of)
		if err != nil {
			t.Errorf("%v: %v", c.of, err)
			continue
		}
		if f.Kind != c.want || f.Direct != (c.want != keyform.Encoded) || (f.Plan != nil) != f.Direct || f.Size != c.of.Size() {
			t.Errorf("%v: kind %v, direct %v, plan %v, size %d", c.of, f.Kind, f.Direct, f.Plan != nil, f.Size)
		}
	}
}

// A refusal says which part it is about, and what to do.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		of   reflect.Type
		want string
	}{
		{reflect.TypeFor[time.Time](), "instants"},
		{reflect.TypeFor[float64](), "NaN"},
		{reflect.TypeFor[complex64](), "NaN"},
		{reflect.TypeFor[any](), "what it holds"},
		{reflect.TypeFor[error](), "what it holds"},
		{reflect.TypeFor[*int](), "address"},
		{reflect.TypeFor[uintptr](), "address"},
		{reflect.TypeFor[unsafe.Pointer](), "address"},
		{reflect.TypeFor[chan int](), "no value"},
		{reflect.TypeFor[func()](), "no value"},
		{reflect.TypeFor[netip.Addr](), "MarshalText"},
		{reflect.TypeFor[tree](), "contains itself"},
		{reflect.TypeFor[struct{ From time.Time }](), ".From is a time.Time"},
		{reflect.TypeFor[struct{ In [2]struct{ F []float32 } }](), ".In[].F[] is a float32"},
		{reflect.TypeFor[map[float64]int](), "[key] is a float64"},
	} {
		f, err := keyform.Of(c.of)
		if err == nil {
			t.Errorf("%v: accepted as %v", c.of, f.Kind)
			continue
		}
		if text := err.Error(); !strings.Contains(text, c.want) || !strings.Contains(text, "WithKey") {
			t.Errorf("%v: %q does not speak of %q and WithKey", c.of, text, c.want)
		}
	}
	if _, err := keyform.Of(nil); err == nil {
		t.Error("the type nil is accepted")
	}
}

func encode[K any](t testing.TB, k K) string {
	t.Helper()
	return string(keyform.AppendAny(form[K](t), nil, &k))
}

func TestEncodingIsReadable(t *testing.T) {
	for _, c := range [][2]string{
		{encode(t, "as it is, \x00 too"), "as it is, \x00 too"},
		{encode(t, name("n")), "n"},
		{encode(t, -7), "-7"},
		{encode(t, int8(-128)), "-128"},
		{encode(t, int16(-300)), "-300"},
		{encode(t, id(5)), "5"},
		{encode(t, uint8(200)), "200"},
		{encode(t, uint16(60000)), "60000"},
		{encode(t, uint32(1<<31)), "2147483648"},
		{encode(t, ^uint64(0)), "18446744073709551615"},
		{encode(t, true), "true"},
		{encode(t, struct{}{}), "{}"},
		{encode(t, pair{1, -2}), "{A:1,B:-2}"},
		{encode(t, padded{Text: `a"b`, hidden: 3}), `{Small:0,Large:0,Text:"a\"b",hidden:3,Done:false}`},
		{encode(t, [2]string{"a", "b,"}), `["a","b,"]`},
		{encode(t, [2]byte{1, 255}), "0x01ff"},
		{encode(t, []byte("hi")), "0x6869"},
		{encode(t, []int(nil)), "nil"},
		{encode(t, []int{}), "[]"},
		{encode(t, [][]int{{1, 2}, nil, {}}), "[[1,2],nil,[]]"},
		{encode(t, map[string]int(nil)), "nil"},
		{encode(t, map[string]int{}), "map[]"},
		{encode(t, map[string]bool{"b": false, "a": true}), `map["a":true,"b":false]`},
		{encode(t, map[pair][]string{{2, 1}: nil, {1, 2}: {"x"}}), `map[{A:1,B:2}:["x"],{A:2,B:1}:nil]`},
		{encode(t, query{Raw: []byte{}}), `{Tags:nil,Where:nil,Raw:0x}`},
	} {
		if c[0] != c[1] {
			t.Errorf("encoded as %s, want %s", c[0], c[1])
		}
	}
}

// The order in which a map was filled, and its capacity, don't matter.
func TestEqualMapsHaveEqualKeys(t *testing.T) {
	up, down := map[int]string{}, make(map[int]string, 10_000)
	for i := range 1000 {
		up[i], down[999-i] = "x", "x"
	}
	if encode(t, up) != encode(t, down) {
		t.Error("equal maps have different keys")
	}
	down[500] = "y"
	if encode(t, up) == encode(t, down) {
		t.Error("different maps have equal keys")
	}
}

// A hit must not allocate for its key, nor move it to the heap.
func TestNothingAllocates(t *testing.T) {
	seed := keyform.NewSeed()
	direct, encoded := form[padded](t), form[query](t)
	tags := []string{"a", "b"}
	buffer := make([]byte, 0, 256)
	allocs := testing.AllocsPerRun(100, func() {
		k, l := padded{Text: "x", Large: 7}, padded{Text: "x", Large: 7}
		if !direct.Plan.Equal(unsafe.Pointer(&k), unsafe.Pointer(&l)) ||
			direct.Plan.Hash(seed, unsafe.Pointer(&k)) != direct.Plan.Hash(seed, unsafe.Pointer(&l)) {
			t.Error("equal keys aren't")
		}
		buffer = keyform.AppendAny(direct, buffer[:0], &k)
		q := query{Tags: tags}
		q.Where = nil
		buffer = keyform.AppendAny(encoded, buffer[:0], &q)
	})
	// The box of a map is the one allocation.
	if allocs > 1 {
		t.Errorf("%v allocations", allocs)
	}
}
