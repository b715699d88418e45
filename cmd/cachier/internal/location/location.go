// Package location opens the stores that a command line names by a URL.
package location

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/cachier-go/cachier/backend/filebackend"
)

// Location is where a store is.
type Location struct {
	Scheme Scheme
	Path   string // absolute; empty for Memory
	Table  string // of SQLite; empty: the default
}

// Scheme is the kind of a store.
type Scheme string

// The schemes.
const (
	Memory Scheme = "memory" // of this process alone; only where a command says so
	File   Scheme = "file"
	SQLite Scheme = "sqlite"
)

// Error says what is wrong with a URL or with what it names.
type Error struct {
	URL string
	Why string // and what to do about it
	Err error  // what is behind it, or nil
}

func (e *Error) Error() string { return e.URL + " " + e.Why }

func (e *Error) Unwrap() error { return e.Err }

// Forms are the URLs that are understood, in words.
const Forms = "file:DIR, file: for the default directory, or sqlite:FILE"

// Parse understands file:DIR, file: (the user's cache directory), sqlite:FILE,
// with ?table=NAME behind it if need be, and memory:. What follows the colon is
// a path as it is; after two slashes it is that of a URL.
func Parse(given string) (Location, error) {
	wrong := func(why string, args ...any) (Location, error) {
		return Location{}, &Error{URL: fmt.Sprintf("%q", given), Why: fmt.Sprintf(why, args...)}
	}
	scheme, path, ok := strings.Cut(given, ":")
	if !ok {
		return wrong("is no store; want %s; for a directory: file:%s", Forms, given)
	}
	l := Location{Scheme: Scheme(strings.ToLower(scheme))}
	switch l.Scheme {
	case Memory:
		if path != "" {
			return wrong("is no store; memory: has nothing behind it")
		}
		return l, nil
	case File:
	case SQLite:
		var query string
		var err error
		if path, query, ok = strings.Cut(path, "?"); ok {
			if l.Table, err = table(query); err != nil {
				return wrong("can't be read: %v", err)
			}
		}
	default:
		return wrong("is of no kind that is known here; want %s", Forms)
	}
	if strings.HasPrefix(path, "//") {
		u, err := url.Parse(string(l.Scheme) + ":" + path)
		switch {
		case err != nil || u.RawQuery != "" || u.Fragment != "":
			return wrong("is no URL of a path; want %s", Forms)
		case u.Host != "" && u.Host != "localhost":
			return wrong("names the host %s, but stores are looked for on this one; for a path use one or three slashes", u.Host)
		}
		path = filepath.FromSlash(u.Path)
	}
	var err error
	switch {
	case path == "" && l.Scheme == SQLite:
		return wrong("names no file; want sqlite:FILE")
	case path == "":
		if path, err = filebackend.DefaultDir(); err != nil {
			return wrong("means the cache directory of this user, who has none (%v); want file:DIR", errors.Unwrap(err))
		}
	}
	if l.Path, err = filepath.Abs(path); err != nil {
		return wrong("can't be found: %v", err)
	}
	return l, nil
}

// table reads what stands behind the question mark.
func table(query string) (string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", err
	}
	name := values.Get("table")
	if len(values) != 1 || name == "" {
		return "", errors.New("only ?table=NAME may follow the file")
	}
	return name, nil
}

// String returns the location as a URL that Parse understands.
func (l Location) String() string {
	s := string(l.Scheme) + ":" + l.Path
	if l.Table != "" {
		s += "?table=" + url.QueryEscape(l.Table)
	}
	return s
}

// wrong says what is wrong with what is at the location.
func (l Location) wrong(err error, why string, args ...any) error {
	return &Error{URL: l.String(), Why: fmt.Sprintf(why, args...), Err: err}
}
