package shape_test

//lint:file-ignore SA5008 the odd tags are what is tested

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"math/rand"
	"reflect"
	"testing"
	"testing/quick"

	"github.com/cachier-go/cachier/internal/shape"
)

// TestVerdictsAgainstTheCodecs has the real codecs judge: what isn't lossy comes
// back as it went in, what is lossy doesn't.
func TestVerdictsAgainstTheCodecs(t *testing.T) {
	judge[struct{ A, B int }](t)
	judge[struct{ A, b int }](t)
	judge[[]struct{ A, b int }](t)
	judge[map[string]struct{ A uint8 }](t)
	judge[struct {
		A int `json:"b"`
		B int `json:"a,omitempty"`
		C int `json:"-"`
	}](t)
	judge[struct {
		A int `json:"b"`
		B int `json:"a,omitempty"`
		C int `json:"-,"`
	}](t)
	judge[struct{ A complex64 }](t)
	judge[embedsValue](t)
	judge[hides](t)
	judge[struct {
		base
		Inner struct{ ID int }
	}](t)
	judge[struct {
		base `json:"base"`
		ID   int
	}](t)
	judge[struct {
		Base base
		More map[int8][]int16
	}](t)
}

func judge[V any](t *testing.T) {
	t.Helper()
	typ := reflect.TypeFor[V]()
	codecs := map[string]func(in, out *V) error{
		"json": func(in, out *V) error {
			text, err := json.Marshal(in)
			if err != nil {
				return err
			}
			return json.Unmarshal(text, out)
		},
		"gob": func(in, out *V) error {
			var b bytes.Buffer
			if err := gob.NewEncoder(&b).Encode(in); err != nil {
				return err
			}
			return gob.NewDecoder(&b).Decode(out)
		},
	}
	for codec, trip := range codecs {
		lost := false
		for range 20 {
			var in, out V
			fill(reflect.ValueOf(&in).Elem())
			if err := trip(&in, &out); err != nil || !reflect.DeepEqual(in, out) {
				lost = true
			}
		}
		if err := shape.Lossy(typ, codec); lost != (err != nil) {
			t.Errorf("%v by %s: something was lost: %v; the verdict: %v", typ, codec, lost, err)
		}
	}
}

// fill sets a value, unexported fields too, to something that isn't zero.
func fill(v reflect.Value) {
	v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			fill(v.Field(i))
		}
		return
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
		return
	}
	if v.Kind() == reflect.Map {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
		return
	}
	for v.IsZero() {
		random, _ := quick.Value(v.Type(), rng)
		v.Set(random)
	}
}

// quick asks for the older kind of source.
var rng = rand.New(rand.NewSource(1))
