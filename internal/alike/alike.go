// Package alike tells whether two results of a function are the same, where
// that can be told from their data alone, so that the cache can say how often
// computing again changed nothing.
package alike

import (
	"bytes"
	"reflect"
	"time"
	"unsafe"
)

// Func returns how to compare two values of type V, and whether that is
// possible. It is for plain data: booleans, numbers, strings, time.Time, and
// arrays, slices, maps, pointers and structs of them. It is not for interfaces,
// functions, channels, addresses, and structs with unexported fields: what
// those mean, only their own package knows.
//
// Values are the same if their parts are: numbers by ==, so that NaN is never
// the same, times by Equal, pointers by what they point to; a nil slice or map
// isn't the same as an empty one. The keys of maps are found by ==. Comparing
// reads the values, so nobody may write to them meanwhile; it takes time in
// proportion to their size. Values that contain themselves are no problem.
func Func[V any]() (equal func(a, b V) bool, ok bool) {
	t := reflect.TypeFor[V]()
	var s survey
	if !s.plain(t) {
		return nil, false
	}
	if f := fast[V](t); f != nil {
		return f, true
	}
	return func(a, b V) bool {
		var c comparison
		if s.recursive {
			c.seen = make(map[visit]struct{})
		}
		return c.same(reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem())
	}, true
}

// fast compares strings and byte slices, of any name, without reflection.
func fast[V any](t reflect.Type) func(a, b V) bool {
	switch {
	case t.Kind() == reflect.String:
		return func(a, b V) bool {
			return *(*string)(unsafe.Pointer(&a)) == *(*string)(unsafe.Pointer(&b))
		}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return func(a, b V) bool {
			x, y := *(*[]byte)(unsafe.Pointer(&a)), *(*[]byte)(unsafe.Pointer(&b))
			return (x == nil) == (y == nil) && bytes.Equal(x, y)
		}
	default:
		return nil
	}
}

var timeType = reflect.TypeFor[time.Time]()

// survey looks at a type and all that it is made of.
type survey struct {
	open      map[reflect.Type]bool // true while inside of it, false afterwards
	recursive bool                  // a type contains itself
}

// plain says whether values of the type can be compared.
func (s *survey) plain(t reflect.Type) bool {
	if t == timeType {
		return true
	}
	if inside, known := s.open[t]; known {
		s.recursive = s.recursive || inside
		return true // or else the first visit finds out
	}
	if s.open == nil {
		s.open = make(map[reflect.Type]bool)
	}
	s.open[t] = true
	defer func() { s.open[t] = false }()

	switch t.Kind() {
	case reflect.Array, reflect.Slice, reflect.Pointer:
		return s.plain(t.Elem())
	case reflect.Map:
		return s.plain(t.Key()) && s.plain(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); !f.IsExported() || !s.plain(f.Type) {
				return false
			}
		}
		return true
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Uintptr:
		return false
	default:
		return true
	}
}
