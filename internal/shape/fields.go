package shape

import (
	"reflect"
	"strings"
	"unicode"
)

// member is a field that a codec sees.
type member struct {
	name   string // as the codec calls it
	option string // of its tag, where that changes the encoding
	path   string // as Go calls it: Base.ID
	typ    reflect.Type
	depth  int  // how many embedded structs it is in
	tagged bool // named by its tag
}

// visible returns the fields of a struct that the codec sees. For JSON the
// fields of embedded structs are among them, and names can repeat: see dominant.
func visible(t reflect.Type, codec string) []member {
	switch codec {
	case "json":
		return jsonMembers(t)
	case "gob":
		var members []member
		for f := range fields(t) {
			if f.IsExported() && gobSends(f.Type) {
				members = append(members, member{name: f.Name, path: f.Name, typ: f.Type})
			}
		}
		return members
	default:
		var members []member
		for f := range fields(t) {
			if f.IsExported() {
				members = append(members, member{name: f.Name, option: string(f.Tag), path: f.Name, typ: f.Type})
			}
		}
		return members
	}
}

// fields yields the fields of a struct that can hold anything.
func fields(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name == "_" || !f.IsExported() && f.Type.Size() == 0 {
				continue
			}
			if !yield(f) {
				return
			}
		}
	}
}

// gobSends says whether gob sends fields of the type: it leaves out functions
// and channels, also behind pointers.
func gobSends(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() != reflect.Func && t.Kind() != reflect.Chan
}

// jsonMembers collects fields as encoding/json does: an embedded struct without
// a name in its tag gives its fields to the outer one. Source: the
// documentation of json.Marshal, and typeFields in encoding/json.
func jsonMembers(t reflect.Type) []member {
	var members []member
	open := map[reflect.Type]bool{}
	var collect func(t reflect.Type, path string, depth int)
	collect = func(t reflect.Type, path string, depth int) {
		if open[t] {
			return // its fields are hidden by the outer ones of the same name
		}
		open[t] = true
		defer delete(open, t)
		for f := range fields(t) {
			if f.Tag.Get("json") == "-" {
				continue
			}
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !validName(name) {
				name = ""
			}
			if inner, ok := embeddedStruct(f); ok && !namedByTag(f) {
				collect(inner, path+f.Name+".", depth+1)
				continue
			}
			if _, ok := embeddedStruct(f); !f.IsExported() && !ok {
				continue // an embedded struct that a tag names is seen all the same
			}
			m := member{name: name, path: path + f.Name, typ: f.Type, depth: depth, tagged: name != ""}
			if name == "" {
				m.name = f.Name
			}
			for option := range strings.SplitSeq(options, ",") {
				if option == "string" {
					m.option = option
				}
			}
			members = append(members, m)
		}
	}
	collect(t, "", 0)
	return members
}

// embeddedStruct returns the struct that a field embeds, if it does.
func embeddedStruct(f reflect.StructField) (reflect.Type, bool) {
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t, f.Anonymous && t.Kind() == reflect.Struct
}

// validName says whether encoding/json takes a name in a tag seriously.
func validName(s string) bool {
	for _, c := range s {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return s != ""
}

// dominant returns which of the fields of one name encoding/json takes: the
// least embedded one, among those the only one that a tag names. None if that
// doesn't decide.
func dominant(same []member) (member, bool) {
	best, ties := same[0], 1
	for _, m := range same[1:] {
		switch {
		case m.depth < best.depth, m.depth == best.depth && m.tagged && !best.tagged:
			best, ties = m, 1
		case m.depth == best.depth && m.tagged == best.tagged:
			ties++
		}
	}
	return best, ties == 1
}

// namedByTag says whether encoding/json takes the field's name from its tag.
func namedByTag(f reflect.StructField) bool {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return validName(name)
}
