package backend

import (
	"path"
	"reflect"
	"strings"
)

// Identifier is implemented by stores that can say which store they are.
type Identifier interface {
	// Identity is equal for backends over the same store, in all processes, and
	// different otherwise: an address and a database, a directory. It must not
	// change, and must not contain a password or anything else that is secret.
	Identity() string

	// Kind is one word that names the kind of store, such as memory, file, sql,
	// redis, mongo, s3. It is the label "backend" of metrics.
	Kind() string
}

// Identity returns what b says of itself, and "" if b is no [Identifier]: then
// it isn't known whether two backends share a store.
func Identity(b Backend) string {
	if i, ok := b.(Identifier); ok {
		return i.Identity()
	}
	return ""
}

// Kind returns what kind of store b is. If b is no [Identifier], that is the
// name of the package that its type is from, without "backend" at its end, or
// "other" where that leaves nothing.
func Kind(b Backend) string {
	if i, ok := b.(Identifier); ok {
		return i.Kind()
	}
	t := reflect.TypeOf(b)
	if t == nil {
		return "other"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	kind := strings.TrimSuffix(path.Base(t.PkgPath()), "backend")
	if kind == "" || kind == "." {
		return "other"
	}
	return kind
}
