package keyform

import (
	"encoding"
	"fmt"
	"reflect"
	"time"
	"unsafe"
)

// Kind says how keys of a type are looked up.
type Kind uint8

// The kinds of a [Form].
const (
	String  Kind = iota // one string
	Word                // one boolean or integer of 1, 2, 4 or 8 bytes
	Fixed               // a struct or array, through its Plan
	Encoded             // by its canonical encoding
)

// Form is how the keys of one type are looked up and encoded. It is immutable.
type Form struct {
	Kind   Kind
	Direct bool    // looked up as it is: Kind is not Encoded
	Size   uintptr // of the type, in bytes
	Plan   *Plan   // nil if not Direct
	enc    *encoder
}

// maxSegments bounds a Plan; a key of more parts is looked up by its encoding.
const maxSegments = 64

// Of classifies a type. The error names the part that can't be in a key, and
// the way out.
func Of(t reflect.Type) (*Form, error) {
	if t == nil {
		return nil, fmt.Errorf("key type is nil")
	}
	c := classifier{root: t, direct: true, open: map[reflect.Type]bool{}}
	enc, err := c.encoder(t, "")
	if err != nil {
		return nil, err
	}
	f := &Form{Kind: Encoded, Size: t.Size(), enc: enc}
	if c.direct {
		var b planner
		b.add(t, 0)
		if plan := b.plan(); len(plan.segments) <= maxSegments {
			f.Direct, f.Plan, f.Kind = true, plan, Fixed
		}
	}
	switch {
	case !f.Direct:
	case enc.op == opString:
		f.Kind = String
	case enc.op.word():
		f.Kind = Word
	}
	return f, nil
}

// classifier builds the encoder of a type, and finds out whether it is direct.
type classifier struct {
	root   reflect.Type
	direct bool
	open   map[reflect.Type]bool // types being built, to find recursive ones
}

var (
	timeType          = reflect.TypeFor[time.Time]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

// refuse says what is wrong with the part of the key type at path.
func (c *classifier) refuse(t reflect.Type, path, why string) error {
	if path == "" {
		return fmt.Errorf("a %v can't be a key by itself: %s; use WithKey to make a string of it", t, why)
	}
	return fmt.Errorf("a %v can't be a key by itself: %s is a %v: %s; use WithKey to make a string of it",
		c.root, path, t, why)
}

// encoder returns how to encode a t. It mirrors planner.add.
func (c *classifier) encoder(t reflect.Type, path string) (*encoder, error) {
	switch {
	case t == timeType:
		return nil, c.refuse(t, path, "equal instants can differ in their location and monotonic clock")
	case t.Implements(textMarshalerType), reflect.PointerTo(t).Implements(textMarshalerType):
		return nil, c.refuse(t, path, "it has a text form of its own, by MarshalText")
	}
	if op, ok := scalars[t.Kind()]; ok {
		return &encoder{op: op}, nil
	}
	if c.open[t] {
		return nil, c.refuse(t, path, "it contains itself")
	}
	c.open[t] = true
	defer delete(c.open, t)

	switch t.Kind() {
	case reflect.Struct:
		e := &encoder{op: opStruct}
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name == "_" {
				continue // == ignores it too
			}
			sub, err := c.encoder(f.Type, path+"."+f.Name)
			if err != nil {
				return nil, err
			}
			e.fields = append(e.fields, field{name: f.Name, offset: f.Offset, enc: sub})
		}
		return e, nil
	case reflect.Array, reflect.Slice:
		sub, err := c.encoder(t.Elem(), path+"[]")
		if err != nil {
			return nil, err
		}
		e := &encoder{op: opArray, elem: sub, size: t.Elem().Size()}
		if t.Kind() == reflect.Array {
			e.len = t.Len()
		} else {
			e.op = opSlice
			c.direct = false
		}
		if sub.op == opUint8 {
			e.op = map[op]op{opArray: opBytes, opSlice: opByteSlice}[e.op]
		}
		return e, nil
	case reflect.Map:
		c.direct = false
		key, err := c.encoder(t.Key(), path+"[key]")
		if err != nil {
			return nil, err
		}
		elem, err := c.encoder(t.Elem(), path+"[]")
		if err != nil {
			return nil, err
		}
		return &encoder{op: opMap, typ: t, key: key, elem: elem}, nil
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return nil, c.refuse(t, path, "0 and -0 are equal but not the same, and NaN isn't equal to itself")
	case reflect.Interface:
		return nil, c.refuse(t, path, "what it holds is only known later")
	case reflect.Pointer, reflect.UnsafePointer, reflect.Uintptr:
		return nil, c.refuse(t, path, "an address means nothing to another process, nor later")
	default: // chan, func
		return nil, c.refuse(t, path, "it has no value that could be compared or encoded")
	}
}

// Append appends the canonical encoding of the key at ptr, which must be of the
// Form's type, and returns the extended slice. Keys of one type have the same
// encoding exactly if they are the same: == for direct ones; for slices and maps
// if they have equal elements and are both nil or both not (to a function a nil
// filter and an empty one can mean opposite things).
//
// A string is itself, an integer or boolean is in decimal or a word; inside of
// structs, arrays, slices and maps, strings are quoted, fields are named and the
// keys of maps are sorted: {ID:7,Tags:["a","b"]}. Bytes are in hexadecimal.
//
// What ptr points to does not escape, and is not kept.
func (f *Form) Append(dst []byte, ptr unsafe.Pointer) []byte {
	if f.enc.op == opString {
		return append(dst, *(*string)(ptr)...)
	}
	return f.enc.append(dst, ptr)
}

// AppendAny is [Form.Append] for a typed key; f must be the Form of K.
func AppendAny[K any](f *Form, dst []byte, k *K) []byte {
	return f.Append(dst, unsafe.Pointer(k))
}
