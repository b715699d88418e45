package backend_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// plain has the five methods of a Backend and nothing else.
type plain struct{ backend.Backend }

// broken fails at a method after some calls of it.
type broken struct {
	backend.Backend
	op    string
	after int
}

var errBroken = errors.New("broken")

func (b *broken) fails(op string) bool {
	if op != b.op {
		return false
	}
	b.after--
	return b.after < 0
}

func (b *broken) Get(ctx context.Context, key string) (backend.Entry, error) {
	if b.fails("get") {
		return backend.Entry{}, errBroken
	}
	return b.Backend.Get(ctx, key)
}

func (b *broken) Delete(ctx context.Context, key string) error {
	if b.fails("delete") {
		return errBroken
	}
	return b.Backend.Delete(ctx, key)
}

func (b *broken) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		for info, err := range b.Backend.List(ctx, prefix) {
			if b.fails("list") {
				yield(backend.Info{}, errBroken)
				return
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

// filled returns a store with three entries under a/, of which one is past its
// Expires after a second, and one under b/.
func filled(t *testing.T) *membackend.Store {
	t.Helper()
	s := membackend.New()
	for _, key := range []string{"a/1", "a/2", "a/old", "b/1"} {
		e := backend.Entry{Value: []byte(key)}
		if key == "a/old" {
			e.Expires = time.Now().Add(time.Second)
		}
		if err := s.Set(t.Context(), key, e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// With the store's own way and with the fall-back, the outcome is the same.
func TestFallBacksDoTheSame(t *testing.T) {
	for name, wrap := range map[string]func(*membackend.Store) backend.Backend{
		"own":       func(s *membackend.Store) backend.Backend { return s },
		"fall-back": func(s *membackend.Store) backend.Backend { return plain{s} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				s := filled(t)
				b := wrap(s)
				u, err := backend.Size(ctx, b, "a/")
				if err != nil || u != (backend.Usage{Entries: 3, Bytes: 3 + 3 + 5}) {
					t.Errorf("Size: %+v, %v", u, err)
				}
				many, err := backend.GetMany(ctx, b, []string{"a/1", "b/1", "a/1", "c"})
				if err != nil || len(many) != 2 || string(many["b/1"].Value) != "b/1" {
					t.Errorf("GetMany: %v, %v", many, err)
				}
				time.Sleep(2 * time.Second)
				n, err := backend.Cleanup(ctx, b, "a/")
				if err != nil || n != 1 {
					t.Errorf("Cleanup: %d, %v", n, err)
				}
				if err := backend.Clear(ctx, b, "a/"); err != nil {
					t.Error(err)
				}
				if u, _ := backend.Size(ctx, b, ""); u.Entries != 1 {
					t.Errorf("after Clear there are %d entries, want 1: b/1", u.Entries)
				}
			})
		})
	}
}

// A listing that can't tell sizes doesn't make them up.
func TestUnknownSizes(t *testing.T) {
	b := sizeless{plain{filled(t)}}
	if u, err := backend.Size(t.Context(), b, "a/"); err != nil || u != (backend.Usage{Entries: 3, Bytes: -1}) {
		t.Errorf("Size: %+v, %v", u, err)
	}
}

type sizeless struct{ backend.Backend }

func (s sizeless) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		for info, err := range s.Backend.List(ctx, prefix) {
			info.Size = -1
			if !yield(info, err) {
				return
			}
		}
	}
}

func TestFallBacksPassErrorsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := filled(t)
		time.Sleep(2 * time.Second)
		check := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, errBroken) {
				t.Errorf("%s: %v", what, err)
			}
		}
		u, err := backend.Size(ctx, &broken{s, "list", 1}, "")
		check("Size", err)
		if u != (backend.Usage{Entries: -1, Bytes: -1}) {
			t.Errorf("Size with an error: %+v", u)
		}
		many, err := backend.GetMany(ctx, &broken{s, "get", 1}, []string{"a/1", "a/2"})
		check("GetMany", err)
		if many != nil {
			t.Errorf("GetMany with an error: %v", many)
		}
		check("Clear, list", backend.Clear(ctx, &broken{s, "list", 0}, "b/"))
		check("Clear, delete", backend.Clear(ctx, &broken{s, "delete", 0}, "b/"))
		_, err = backend.Cleanup(ctx, &broken{s, "list", 0}, "a/")
		check("Cleanup, list", err)
		_, err = backend.Cleanup(ctx, &broken{s, "delete", 0}, "a/")
		check("Cleanup, delete", err)
	})
}

// Clear without a Clearer must break leases before it deletes: afterwards no
// computation that began earlier may store.
func TestClearBreaksLeases(t *testing.T) {
	ctx := t.Context()
	s := membackend.New()
	l, err := backend.Lock(ctx, s, "a/1", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := backend.Clear(ctx, lockerOnly{s}, "a/"); err != nil {
		t.Fatal(err)
	}
	if err := l.Commit(ctx, backend.Entry{}); !errors.Is(err, backend.ErrLeaseLost) {
		t.Errorf("a lease outlived Clear: %v", err)
	}
}

// lockerOnly hides everything of a store but Backend and Locker.
type lockerOnly struct{ backend.Locker }

func TestWithoutLocksAndWatches(t *testing.T) {
	ctx := t.Context()
	b := plain{membackend.New()}
	if backend.CanLock(b) || !backend.CanLock(b.Backend) {
		t.Error("CanLock is wrong")
	}
	if _, err := backend.Lock(ctx, b, "k", time.Minute); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Lock: %v", err)
	}
	if _, err := backend.TakeOver(ctx, b, "k", backend.Holder{}, time.Minute); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("TakeOver: %v", err)
	}
	if n, err := backend.BreakLocks(ctx, b, ""); n != 0 || err != nil {
		t.Errorf("BreakLocks: %d, %v", n, err)
	}
	if readings, err := backend.Probe(ctx, b); len(readings) != 0 || err != nil {
		t.Errorf("Probe: %v, %v", readings, err)
	}
	times := 0
	for _, err := range backend.Watch(ctx, b, "") {
		times++
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Watch: %v", err)
		}
	}
	if times != 1 {
		t.Errorf("Watch yielded %d times", times)
	}
}

// costly counts for money, and wants to be asked rarely.
type costly struct{ *membackend.Store }

func (costly) SizeCosts()                        {}
func (costly) Pace() (first, last time.Duration) { return time.Second, time.Minute }

func TestCostlyStores(t *testing.T) {
	s := membackend.New()
	if !backend.CanSize(s) || backend.CanSize(costly{s}) || backend.CanSize(plain{s}) {
		t.Error("CanSize is wrong")
	}
	if err := s.Set(t.Context(), "k", backend.Entry{}); err != nil {
		t.Fatal(err)
	}
	if u, err := backend.Size(t.Context(), costly{s}, ""); u.Entries != 1 || err != nil {
		t.Errorf("Size: %+v, %v", u, err)
	}
	if first, last := backend.Pace(s); first != 5*time.Millisecond || last != 100*time.Millisecond {
		t.Errorf("Pace: %v, %v", first, last)
	}
	if first, last := backend.Pace(costly{s}); first != time.Second || last != time.Minute {
		t.Errorf("Pace of a Pacer: %v, %v", first, last)
	}
}

func TestKindAndIdentity(t *testing.T) {
	s := membackend.New()
	if backend.Kind(s) != "memory" || backend.Identity(s) != s.Identity() || s.Identity() == "" {
		t.Errorf("%s, %s", backend.Kind(s), backend.Identity(s))
	}
	// This package's name ends in _test, so its backends are of that kind.
	if kind := backend.Kind(&plain{s}); kind != "backend_test" || backend.Identity(plain{s}) != "" {
		t.Errorf("%s, %q", kind, backend.Identity(plain{s}))
	}
	for _, b := range []backend.Backend{nil, struct{ backend.Backend }{}} {
		if kind := backend.Kind(b); kind != "other" {
			t.Errorf("the kind of %T is %s", b, kind)
		}
	}
}

func TestErrorText(t *testing.T) {
	s := membackend.New()
	err := backend.Wrap("get", s, "1f0a93c2", backend.ErrNotFound)
	if got, want := err.Error(), "cachier: memory get 1f0a93c2: no such entry"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !errors.Is(err, backend.ErrNotFound) {
		t.Error("the sentinel is gone")
	}
	if again := backend.Wrap("lock", s, "", err); again != err {
		t.Errorf("wrapped twice: %v", again)
	}
	if got, want := backend.Wrap("clear", s, "", errBroken).Error(), "cachier: memory clear: broken"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := backend.Wrap("get", s, "", nil); err != nil {
		t.Errorf("success became %v", err)
	}
}

func TestEventKinds(t *testing.T) {
	for kind, want := range map[backend.EventKind]string{
		backend.EventGap: "gap", backend.EventStored: "stored", backend.EventDeleted: "deleted",
		backend.EventCleared: "cleared", backend.EventReleased: "released", 99: "unknown",
	} {
		if kind.String() != want {
			t.Errorf("kind %d is %s, want %s", kind, kind, want)
		}
	}
}
