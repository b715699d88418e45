package s3backend

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Options are what [New] and [NewLocker] can be told. The zero value is the
// default of each.
type Options struct {
	// Prefix begins the name of every object that belongs to the backend. It
	// should end in a slash, so that others don't begin with it: backends whose
	// prefixes begin with one another may see each other's entries. It doesn't
	// begin with a slash, and has at most 512 bytes. Empty: "cachier/".
	Prefix string

	// MaxEntrySize is the size in bytes of an entry, Value and Meta, from which
	// on the backend returns ErrTooLarge without asking the server. An entry is
	// in memory twice while it is stored. Zero or negative: 5 GiB, which is the
	// most that one request can store, less 4 KiB.
	MaxEntrySize int64

	// Parallel is how many requests one call may have under way, where it needs
	// one for each of many entries: GetMany, List, Cleanup. Zero or negative: 16.
	Parallel int
}

const (
	defaultPrefix   = "cachier/"
	defaultLimit    = largest - 4096
	defaultParallel = 16

	// largest is the most that a single request can store.
	largest = 5 << 30

	// maxPrefix leaves room for the longest name within the 1024 bytes that
	// there are.
	maxPrefix = 512
)

// resolve fills the defaults in and returns what is wrong with the rest.
func (o *Options) resolve() (Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	if r.Prefix == "" {
		r.Prefix = defaultPrefix
	}
	if r.MaxEntrySize <= 0 || r.MaxEntrySize > defaultLimit {
		r.MaxEntrySize = defaultLimit
	}
	if r.Parallel <= 0 {
		r.Parallel = defaultParallel
	}
	switch {
	case len(r.Prefix) > maxPrefix:
		return r, fmt.Errorf("s3backend: Options.Prefix has %d bytes; at most %d", len(r.Prefix), maxPrefix)
	case !utf8.ValidString(r.Prefix):
		return r, errors.New("s3backend: Options.Prefix is no UTF-8")
	case strings.HasPrefix(r.Prefix, "/"):
		return r, errors.New("s3backend: Options.Prefix begins with a slash, which names of objects don't")
	}
	return r, nil
}
