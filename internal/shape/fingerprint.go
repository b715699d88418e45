package shape

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Fingerprint returns twelve hexadecimal digits that stand for the codec and
// for the shape of t as the codec sees it: the names, tags and kinds of its
// fields, recursively. It changes when such a field is added, removed, renamed
// or gets another type. It doesn't change with the order of fields, the names of
// types, the package they are in, or fields that the codec doesn't see.
//
// What a type that encodes itself (MarshalJSON and the like) makes of its
// contents can't be seen: only its name counts. WithVersion is for changes there.
func Fingerprint(t reflect.Type, codec string) string {
	w := writer{codec: codec, numbers: make(map[reflect.Type]int)}
	w.text.WriteString(codec)
	w.text.WriteByte(' ')
	w.describe(t)
	sum := sha256.Sum256([]byte(w.text.String()))
	return hex.EncodeToString(sum[:6])
}

// writer writes a description of a type that is different for every shape.
type writer struct {
	codec   string
	text    strings.Builder
	numbers map[reflect.Type]int // of structs met before: each is written once
}

func (w *writer) describe(t reflect.Type) {
	if opaque(t, w.codec) {
		w.text.WriteString("self-encoding ")
		w.text.WriteString(strconv.Quote(baseName(t)))
		if strings.Contains(t.Name(), "[") && t.Kind() == reflect.Struct {
			// A generic container encodes what it is made for.
			w.structure(t, true)
		}
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		w.text.WriteByte('*')
		w.describe(t.Elem())
	case reflect.Slice:
		w.text.WriteString("[]")
		w.describe(t.Elem())
	case reflect.Array:
		w.text.WriteString("[" + strconv.Itoa(t.Len()) + "]")
		w.describe(t.Elem())
	case reflect.Map:
		w.text.WriteString("map[")
		w.describe(t.Key())
		w.text.WriteByte(']')
		w.describe(t.Elem())
	case reflect.Struct:
		w.structure(t, false)
	default:
		w.text.WriteString(t.Kind().String())
	}
}

// structure writes the fields of a struct, or its number if it was written
// before, which also ends recursive types.
func (w *writer) structure(t reflect.Type, hidden bool) {
	if n, ok := w.numbers[t]; ok {
		w.text.WriteString("#" + strconv.Itoa(n))
		return
	}
	w.numbers[t] = len(w.numbers)
	var members []member
	if hidden {
		for i := range t.NumField() {
			members = append(members, member{name: t.Field(i).Name, typ: t.Field(i).Type})
		}
	} else {
		members = visible(t, w.codec)
	}
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	w.text.WriteByte('{')
	for _, m := range members {
		w.text.WriteString(strconv.Quote(m.name))
		w.text.WriteString(strconv.Quote(m.option))
		w.describe(m.typ)
		w.text.WriteByte(';')
	}
	w.text.WriteByte('}')
}

// baseName is the name of a type without its package and type arguments.
func baseName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}
