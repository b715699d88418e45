package alike

import (
	"bytes"
	"reflect"
	"time"
	"unsafe"
)

// comparison is one comparison of two values. If their type is recursive, it
// remembers the pairs that it has begun to compare and takes them for the same
// when it meets them again, as reflect.DeepEqual does: if they aren't, that is
// found where it was begun.
type comparison struct {
	seen map[visit]struct{} // nil if the type isn't recursive
}

type visit struct {
	a, b unsafe.Pointer
	len  int
	typ  reflect.Type
}

// same compares two values of one plain type.
func (c *comparison) same(a, b reflect.Value) bool {
	t := a.Type()
	if t == timeType {
		return a.Interface().(time.Time).Equal(b.Interface().(time.Time))
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		if c.begun(a, b) {
			return true
		}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return c.same(a.Elem(), b.Elem())
	case reflect.Array, reflect.Slice:
		return c.sameList(a, b)
	case reflect.Map:
		return c.sameMap(a, b)
	case reflect.Struct:
		for i := range t.NumField() {
			if !c.same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	default:
		return a.Equal(b)
	}
}

// begun says whether the pair was met before, and remembers it.
func (c *comparison) begun(a, b reflect.Value) bool {
	if c.seen == nil {
		return false
	}
	v := visit{a: a.UnsafePointer(), b: b.UnsafePointer(), typ: a.Type()}
	if a.Kind() == reflect.Slice {
		if v.len = a.Len(); v.len != b.Len() {
			return false
		}
	}
	_, ok := c.seen[v]
	c.seen[v] = struct{}{}
	return ok
}

func (c *comparison) sameList(a, b reflect.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	if a.Kind() == reflect.Slice && a.Type().Elem().Kind() == reflect.Uint8 {
		return bytes.Equal(a.Bytes(), b.Bytes())
	}
	for i := range a.Len() {
		if !c.same(a.Index(i), b.Index(i)) {
			return false
		}
	}
	return true
}

func (c *comparison) sameMap(a, b reflect.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for iter := a.MapRange(); iter.Next(); {
		value := b.MapIndex(iter.Key())
		if !value.IsValid() || !c.same(iter.Value(), value) {
			return false
		}
	}
	return true
}
