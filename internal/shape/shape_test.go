package shape_test

//lint:file-ignore U1000 these fields are there for reflection to see

import (
	"encoding/json"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/internal/shape"
)

func print[V any](codec string) string { return shape.Fingerprint(reflect.TypeFor[V](), codec) }

type (
	base struct{ ID int }
	user struct {
		base
		Name string `json:"name"`
		Tags []string
		Boss *user
		at   time.Time
	}
	// moved is user as another release or package may have it.
	moved struct {
		Tags []string
		base
		Boss  *moved
		Label string `json:"name,omitempty"`
		hint  int
	}
	outer struct {
		Inner struct{ X int }
		Time  time.Time
	}
	option[T any] struct{ value T }
)

func (o option[T]) MarshalJSON() ([]byte, error)  { return json.Marshal(o.value) }
func (o *option[T]) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &o.value) }

func TestFingerprintsThatStay(t *testing.T) {
	if print[user]("json") != print[moved]("json") {
		t.Error("order, type names and unexported fields count for JSON")
	}
	if print[int64]("json") != print[time.Duration]("json") {
		t.Error("the name of a type counts")
	}
	// Written down, because another process must come to the same.
	if got := print[user]("json"); got != "c8cd6ab3d1c8" {
		t.Errorf("the fingerprint of user is %s", got)
	}
}

// Each of these reads what another one wrote as something else.
func TestFingerprintsThatDiffer(t *testing.T) {
	seen := map[string]string{}
	for what, print := range map[string]string{
		"int":            print[int]("json"),
		"int by gob":     print[int]("gob"),
		"int by another": print[int]("cbor"),
		"int64":          print[int64]("json"),
		"uint":           print[uint]("json"),
		"string":         print[string]("json"),
		"bytes":          print[[]byte]("json"),
		"an array":       print[[3]byte]("json"),
		"a longer array": print[[4]byte]("json"),
		"a pointer":      print[*int]("json"),
		"an interface":   print[any]("json"),
		"a time":         print[time.Time]("json"),
		"a number":       print[big.Int]("json"),
		"a map":          print[map[string]int]("json"),
		"a map by ints":  print[map[int]string]("json"),
		"empty":          print[struct{}]("json"),
		"one field":      print[struct{ A int }]("json"),
		"another name":   print[struct{ B int }]("json"),
		"another tag": print[struct {
			A int `json:"a"`
		}]("json"),
		"quoted": print[struct {
			A int `json:",string"`
		}]("json"),
		"another type":     print[struct{ A string }]("json"),
		"one more":         print[struct{ A, B int }]("json"),
		"nested":           print[struct{ A struct{ B int } }]("json"),
		"nested, changed":  print[struct{ A struct{ B string } }]("json"),
		"a list of it":     print[[]struct{ A int }]("json"),
		"generic":          print[option[int]]("json"),
		"generic, changed": print[option[string]]("json"),
		"recursive":        print[user]("json"),
		"user by gob":      print[user]("gob"),
		"moved by gob":     print[moved]("gob"),
		"outer":            print[outer]("json"),
	} {
		if len(print) != 12 || strings.Trim(print, "0123456789abcdef") != "" {
			t.Errorf("%s: %q is not twelve hexadecimal digits", what, print)
		}
		if other, ok := seen[print]; ok {
			t.Errorf("%s and %s have one fingerprint", what, other)
		}
		seen[print] = what
	}
}

type (
	stamped struct {
		time.Time
		Name string
	}
	wrapped struct{ time.Time }
	own     struct {
		time.Time
		Name string
	}
	oneWay    struct{ n int }
	byPointer struct{ n int }
	hides     struct {
		base
		ID int
	}
	hiddenInside struct{ In []map[string]*struct{ f int } }
	inner        struct{ X int }
	embedsHidden struct{ *inner }
	embedsValue  struct{ inner }
	label        string
	embedsLabel  struct{ label }
	list         struct {
		Next *list
		N    int
	}
	badList struct {
		Next *badList
		f    int
	}
)

// twins is made here because vet would rightly complain about it.
var twins = reflect.StructOf([]reflect.StructField{
	{Name: "A", Type: reflect.TypeFor[int](), Tag: `json:"x"`},
	{Name: "B", Type: reflect.TypeFor[int](), Tag: `json:"x"`},
})

func (own) MarshalJSON() ([]byte, error)           { return nil, nil }
func (*own) UnmarshalJSON([]byte) error            { return nil }
func (oneWay) MarshalJSON() ([]byte, error)        { return nil, nil }
func (*byPointer) MarshalText() ([]byte, error)    { return nil, nil }
func (*byPointer) UnmarshalText(text []byte) error { return nil }

func TestLossy(t *testing.T) {
	for _, c := range []struct {
		of    reflect.Type
		codec string
		want  string // part of the error; empty: none
	}{
		{reflect.TypeFor[int](), "json", ""},
		{reflect.TypeFor[[]byte](), "json", ""},
		{reflect.TypeFor[time.Time](), "json", ""},
		{reflect.TypeFor[*time.Time](), "json", ""},
		{reflect.TypeFor[time.Time](), "gob", ""},
		{reflect.TypeFor[big.Int](), "json", ""},
		{reflect.TypeFor[map[netip.Addr]netip.Prefix](), "json", ""},
		{reflect.TypeFor[*regexp.Regexp](), "json", ""},
		{reflect.TypeFor[json.RawMessage](), "json", ""},
		{reflect.TypeFor[list](), "json", ""},
		{reflect.TypeFor[list](), "gob", ""},
		{reflect.TypeFor[option[struct{ hidden int }]](), "json", ""},
		{reflect.TypeFor[embedsValue](), "json", ""},
		{reflect.TypeFor[wrapped](), "json", ""},
		{reflect.TypeFor[own](), "json", ""},
		{reflect.TypeFor[byPointer](), "json", ""},
		{reflect.TypeFor[[]byPointer](), "json", ""},
		{reflect.TypeFor[map[string]*byPointer](), "json", ""},
		{reflect.TypeFor[struct {
			_ int
			A int
			b struct{}
		}](), "json", ""},
		{reflect.TypeFor[func()](), "cbor", ""},
		{reflect.TypeFor[complex128](), "gob", ""},
		{reflect.TypeFor[map[base]int](), "gob", ""},
		{reflect.TypeFor[struct{ E any }](), "gob", ""},

		{reflect.TypeFor[error](), "json", "interface error"},
		{reflect.TypeFor[any](), "json", "interface"},
		{reflect.TypeFor[struct{ Err error }](), "json", "Err: "},
		{reflect.TypeFor[struct{ f int }](), "json", "f: the field is not exported"},
		{reflect.TypeFor[struct{ f int }](), "gob", "f: the field is not exported"},
		{reflect.TypeFor[user](), "json", "at: the field is not exported"},
		{reflect.TypeFor[embedsValue](), "gob", "inner: the field is not exported"},
		{reflect.TypeFor[hiddenInside](), "json", "In[][].f: the field is not exported"},
		{reflect.TypeFor[badList](), "json", "f: "},
		{reflect.TypeFor[struct {
			A int `json:"-"`
		}](), "json", `A: the tag json:"-"`},
		{reflect.TypeFor[hides](), "json", "base.ID: another field has the same name"},
		{twins, "json", `A: another field has the same name "x"`},
		{reflect.TypeFor[embedsHidden](), "json", "inner: JSON can't restore"},
		{reflect.TypeFor[embedsLabel](), "json", "label: the field is not exported"},
		{reflect.TypeFor[stamped](), "json", "embedded Time"},
		{reflect.TypeFor[stamped](), "gob", "embedded Time"},
		{reflect.TypeFor[oneWay](), "json", "has MarshalJSON but not UnmarshalJSON"},
		{reflect.TypeFor[map[string]byPointer](), "json", "map of pointers"},
		{reflect.TypeFor[url.URL](), "json", "User.username: "},
		{reflect.TypeFor[chan int](), "json", "a chan int can't be stored"},
		{reflect.TypeFor[struct{ F func() }](), "json", "F: a func() can't be stored"},
		{reflect.TypeFor[struct{ F func() }](), "gob", "F: gob leaves out a func()"},
		{reflect.TypeFor[complex128](), "json", "complex"},
		{reflect.TypeFor[map[base]int](), "json", "[key]: JSON objects have no keys"},
		{reflect.TypeFor[map[bool]int](), "json", "[key]: JSON objects have no keys"},
	} {
		err := shape.Lossy(c.of, c.codec)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%v by %s: %v", c.of, c.codec, err)
		case c.want != "" && err == nil:
			t.Errorf("%v by %s is not lossy, want %q", c.of, c.codec, c.want)
		case c.want != "" && !strings.Contains(err.Error(), c.want):
			t.Errorf("%v by %s: %q, want %q", c.of, c.codec, err, c.want)
		}
	}
}
