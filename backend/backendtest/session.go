package backendtest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// long is a time that no case lasts for, patience how long a case waits for
// what has to come.
const (
	long     = time.Hour
	patience = 20 * time.Second
)

// session is one run of one case.
type session struct {
	*testing.T
	h     Harness
	b     backend.Backend
	other backend.Backend // over the same store, as from another process
}

func open(t *testing.T, h Harness) *session {
	s := &session{T: t, h: h, b: h.New(t)}
	if s.b == nil {
		t.Fatal("Harness.New returned nil")
	}
	t.Cleanup(func() { _ = s.b.Close() })
	s.other = s.b
	if h.Another != nil {
		s.other = h.Another(t, s.b)
		t.Cleanup(func() { _ = s.other.Close() })
	}
	return s
}

func (s *session) ctx() context.Context { return s.Context() }

// must fails the case at once.
func (s *session) must(what string, err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("%s: %v", what, err)
	}
}

// want fails the case unless err is the target.
func (s *session) want(what string, err, target error) {
	s.Helper()
	if !errors.Is(err, target) {
		s.Errorf("%s: got the error %v, want one that is %q", what, err, target)
	}
}

// text is an entry without more to it.
func text(v string) backend.Entry {
	return backend.Entry{Value: []byte(v), Created: time.Now()}
}

func (s *session) set(key, value string) {
	s.Helper()
	s.must("Set", s.b.Set(s.ctx(), key, text(value)))
}

func (s *session) delete(key string) {
	s.Helper()
	s.must("Delete", s.b.Delete(s.ctx(), key))
}

// holds fails the case unless the key has that value, seen from both backends.
func (s *session) holds(key, value string) {
	s.Helper()
	for _, b := range []backend.Backend{s.b, s.other} {
		e, err := b.Get(s.ctx(), key)
		switch {
		case err != nil:
			s.Errorf("Get(%q): %v, want the value %q", key, err, value)
		case string(e.Value) != value:
			s.Errorf("Get(%q) = %.60q, want %.60q", key, e.Value, value)
		}
	}
}

// absent fails the case if there is an entry, seen from either backend.
func (s *session) absent(key string) {
	s.Helper()
	for _, b := range []backend.Backend{s.b, s.other} {
		e, err := b.Get(s.ctx(), key)
		switch {
		case err == nil:
			s.Errorf("Get(%q) = %.60q, want nothing", key, e.Value)
		case !errors.Is(err, backend.ErrNotFound):
			s.Errorf("Get(%q): %v, want ErrNotFound", key, err)
		}
	}
}

// lock takes a free lease.
func (s *session) lock(key string, ttl time.Duration) backend.Lease {
	s.Helper()
	l, err := backend.Lock(s.ctx(), s.b, key, ttl)
	s.must("Lock", err)
	return l
}

// held fails the case unless the lease on key is held, and returns by whom.
func (s *session) held(key string) backend.Holder {
	s.Helper()
	l, err := backend.Lock(s.ctx(), s.other, key, long)
	h, ok := errors.AsType[*backend.HeldError](err)
	switch {
	case err == nil:
		_ = l.Release(s.ctx())
		s.Fatalf("Lock(%q) succeeded while somebody else holds the lease", key)
	case !ok:
		s.Fatalf("Lock(%q): %v, want a *HeldError", key, err)
	case !errors.Is(err, backend.ErrHeld):
		s.Errorf("the HeldError isn't ErrHeld: %v", err)
	}
	return h.Holder
}

// lost fails the case unless the lease has ended for good.
func (s *session) lost(key string, l backend.Lease) {
	s.Helper()
	before, had := s.b.Get(s.ctx(), key)
	s.want("Commit of a lost lease", l.Commit(s.ctx(), text("stored by a lost lease")), backend.ErrLeaseLost)
	s.want("Fail of a lost lease", l.Fail(s.ctx()), backend.ErrLeaseLost)
	s.want("Extend of a lost lease", l.Extend(s.ctx(), long), backend.ErrLeaseLost)
	if err := l.Release(s.ctx()); err != nil {
		s.Errorf("Release of a lost lease: %v, want nil", err)
	}
	after, has := s.b.Get(s.ctx(), key)
	if (had == nil) != (has == nil) || !bytes.Equal(before.Value, after.Value) {
		s.Errorf("a lost lease changed %q from %.60q (%v) to %.60q (%v)", key, before.Value, had, after.Value, has)
	}
}

// eventually asks again and again until ok, and fails the case if that takes too
// long.
func (s *session) eventually(what string, ok func() bool) {
	s.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// keys lists what is under the prefix, each key once.
func (s *session) keys(prefix string) map[string]backend.Info {
	s.Helper()
	found := map[string]backend.Info{}
	for info, err := range s.other.List(s.ctx(), prefix) {
		s.must("List", err)
		found[info.Key] = info
	}
	return found
}
