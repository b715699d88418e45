package footprint

import (
	"reflect"
	"strings"
	"sync"
	"time"
)

// class says what there is to do for the values of a type.
type class uint8

const (
	flat    class = iota // nothing beyond its own size
	text                 // a string
	flatRun              // a slice of flat elements
	deep                 // walk through it
)

// classes remembers the class of each type (reflect.Type to class); it grows
// with the types of a program, not with its values.
var classes sync.Map

var timeType = reflect.TypeFor[time.Time]()

// classify is what the pre-analysis of a type finds.
func classify(t reflect.Type) class {
	if c, ok := classes.Load(t); ok {
		return c.(class)
	}
	c := classOf(t)
	classes.Store(t, c)
	return c
}

func classOf(t reflect.Type) class {
	switch {
	case isFlat(t):
		return flat
	case t.Kind() == reflect.String:
		return text
	case t.Kind() == reflect.Slice && isFlat(t.Elem()):
		return flatRun
	default:
		return deep
	}
}

// isFlat says that values of the type lead nowhere. It ends, as a type can't
// contain itself without a pointer, slice or map in between.
func isFlat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		return false
	case reflect.Array:
		return t.Len() == 0 || isFlat(t.Elem())
	case reflect.Struct:
		if t == timeType || live(t) {
			return true // a time leads to its location, which all share
		}
		for i := range t.NumField() {
			if !isFlat(t.Field(i).Type) {
				return false
			}
		}
		return true
	default: // numbers, and chan, func, unsafe pointers, which aren't followed
		return true
	}
}

// live says whether a struct guards its contents, so that walking through it
// without its owner's knowledge would be a data race.
func live(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i).Type
		for f.Kind() == reflect.Array {
			f = f.Elem()
		}
		switch pkg := f.PkgPath(); {
		case pkg == "sync", pkg == "sync/atomic", strings.HasPrefix(pkg, "internal/sync"):
			return true
		case f.Kind() == reflect.Chan, f.Kind() == reflect.Func, f.Kind() == reflect.UnsafePointer:
			return true
		case f.Kind() == reflect.Struct && live(f):
			return true
		}
	}
	return false
}
