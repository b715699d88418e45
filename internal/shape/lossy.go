package shape

import (
	"fmt"
	"reflect"
)

// Lossy returns an error that names the first part of t that wouldn't come back
// from the codec as it went in: fields that it leaves out (unexported, tagged
// "-", hidden by another field of the same name), and types that it can't
// restore (interfaces, channels, functions, ones that only know how to encode
// themselves). It returns nil if there is none, and for codecs that this package
// doesn't know. What a type makes of itself by methods of its own is trusted.
//
// It is about types: a string that isn't UTF-8 is still altered by JSON, and a
// pointer to a zero comes back from gob as nil.
func Lossy(t reflect.Type, codec string) error {
	if codec != "json" && codec != "gob" {
		return nil
	}
	c := checker{codec: codec, root: t, seen: map[visit]bool{}}
	return c.check(t, "", true)
}

// checker walks through a type.
type checker struct {
	codec string
	root  reflect.Type
	seen  map[visit]bool
}

type visit struct {
	typ         reflect.Type
	addressable bool
}

// lost says what is wrong with the part at path.
func (c *checker) lost(path, format string, args ...any) error {
	why := fmt.Sprintf(format, args...)
	if path == "" {
		return fmt.Errorf("%v does not survive %s: %s", c.root, c.codec, why)
	}
	return fmt.Errorf("%v does not survive %s: %s: %s", c.root, c.codec, path, why)
}

// check looks at a type. JSON uses methods on pointers only for values that it
// can take the address of: all but those in maps, as the cache encodes through
// a pointer.
func (c *checker) check(t reflect.Type, path string, addressable bool) error {
	v := visit{t, addressable}
	if c.seen[v] {
		return nil
	}
	c.seen[v] = true
	if done, err := c.methods(t, path, addressable); done {
		return err
	}
	switch t.Kind() {
	case reflect.Pointer:
		return c.check(t.Elem(), path, true)
	case reflect.Slice:
		return c.check(t.Elem(), path+"[]", true)
	case reflect.Array:
		return c.check(t.Elem(), path+"[]", addressable)
	case reflect.Map:
		if err := c.key(t.Key(), path); err != nil {
			return err
		}
		return c.check(t.Elem(), path+"[]", false)
	case reflect.Struct:
		return c.structure(t, path, addressable)
	case reflect.Interface:
		if c.codec == "gob" {
			return nil // gob knows registered types, and refuses others aloud
		}
		return c.lost(path, "what is in the interface %v can come back as another type, or not at all", t)
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return c.lost(path, "a %v can't be stored", t)
	case reflect.Complex64, reflect.Complex128:
		if c.codec == "json" {
			return c.lost(path, "JSON has no complex numbers")
		}
	}
	return nil
}

// methods looks at how the type encodes itself; done says that this is all
// there is to see.
func (c *checker) methods(t reflect.Type, path string, addressable bool) (done bool, err error) {
	if t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer {
		return false, nil // what they lead to is looked at
	}
	for _, w := range ways(c.codec) {
		out := t.Implements(w.marshal) || has(t, w.marshal) && (addressable || c.codec == "gob")
		in := has(t, w.unmarshal)
		switch {
		case out && in:
			if field, ok := promoted(t, w); ok {
				return true, c.lost(path, "%v has its %s from its embedded %s, which leaves out the other fields", t, w.names[0], field)
			}
			return true, nil
		case out:
			return true, c.lost(path, "%v has %s but not %s", t, w.names[0], w.names[1])
		case in && has(t, w.marshal):
			return true, c.lost(path, "%s of %v needs a pointer, and values of a map have none: use a map of pointers", w.names[0], t)
		case in:
			return true, c.lost(path, "%v has %s but not %s", t, w.names[1], w.names[0])
		}
	}
	return false, nil
}

// key looks at the type of a map's keys.
func (c *checker) key(t reflect.Type, path string) error {
	if c.codec == "gob" {
		return c.check(t, path+"[key]", true)
	}
	switch t.Kind() {
	case reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return nil
	}
	if t.Implements(textWay.marshal) && has(t, textWay.unmarshal) {
		return nil
	}
	return c.lost(path+"[key]", "JSON objects have no keys of type %v", t)
}

// structure looks at the fields of a struct: first for those that are left out,
// then into the others.
func (c *checker) structure(t reflect.Type, path string, addressable bool) error {
	if err := c.omitted(t, path, map[reflect.Type]bool{}); err != nil {
		return err
	}
	members := visible(t, c.codec)
	named := map[string][]member{}
	for _, m := range members {
		named[m.name] = append(named[m.name], m)
	}
	for _, m := range members {
		at := join(path, m.path)
		if best, ok := dominant(named[m.name]); !ok || best.path != m.path {
			return c.lost(at, "another field has the same name %q", m.name)
		}
		if err := c.check(m.typ, at, addressable); err != nil {
			return err
		}
	}
	return nil
}

// omitted looks for fields that the codec doesn't see at all.
func (c *checker) omitted(t reflect.Type, path string, open map[reflect.Type]bool) error {
	if open[t] {
		return nil
	}
	open[t] = true
	for f := range fields(t) {
		at := join(path, f.Name)
		if c.codec == "json" {
			if f.Tag.Get("json") == "-" {
				return c.lost(at, `the tag json:"-" leaves it out`)
			}
			if inner, ok := embeddedStruct(f); ok {
				if !f.IsExported() && f.Type.Kind() == reflect.Pointer {
					return c.lost(at, "JSON can't restore an embedded pointer to an unexported struct")
				}
				if !namedByTag(f) {
					if err := c.omitted(inner, at, open); err != nil {
						return err
					}
				}
				continue
			}
		}
		switch {
		case !f.IsExported():
			return c.lost(at, "the field is not exported")
		case c.codec == "gob" && !gobSends(f.Type):
			return c.lost(at, "gob leaves out a %v", f.Type)
		}
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
