package membackend_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want fails the test if the error isn't the one.
func want(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("error %v, want %v", err, target)
	}
}

func value(s string) backend.Entry { return backend.Entry{Value: []byte(s)} }

// holds fails the test unless the value, or nothing for "", is under the key.
func holds(t *testing.T, s *membackend.Store, key, text string) {
	t.Helper()
	e, err := s.Get(t.Context(), key)
	if text == "" {
		want(t, err, backend.ErrNotFound)
		return
	}
	must(t, err)
	if string(e.Value) != text {
		t.Fatalf("under %s is %q, want %q", key, e.Value, text)
	}
}

func TestEntriesComeBackUnaltered(t *testing.T) {
	ctx, s := t.Context(), membackend.New()
	now := time.Now()
	in := backend.Entry{
		Value: []byte("value"), Meta: []byte("meta"), Cost: time.Minute,
		Created: now, Expires: now.Add(time.Hour),
	}
	must(t, s.Set(ctx, "k", in))
	in.Value[0], in.Meta[0] = 'X', 'X'
	out, err := s.Get(ctx, "k")
	must(t, err)
	if string(out.Value) != "value" || string(out.Meta) != "meta" {
		t.Error("the store kept the caller's slices")
	}
	if out.Cost != in.Cost || !out.Created.Equal(in.Created) || !out.Expires.Equal(in.Expires) {
		t.Errorf("%+v came back as %+v", in, out)
	}
	out.Value[0], out.Meta[0] = 'X', 'X'
	many, err := s.GetMany(ctx, []string{"k", "k", "absent"})
	must(t, err)
	if len(many) != 1 || string(many["k"].Value) != "value" || string(many["k"].Meta) != "meta" {
		t.Errorf("after a caller wrote to its slices, the store holds %+v", many)
	}
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, s := t.Context(), membackend.New()
		e := value("v")
		e.Expires = time.Now().Add(time.Second)
		must(t, s.Set(ctx, "a", e))
		must(t, s.Set(ctx, "b", e))
		must(t, s.Set(ctx, "forever", value("v")))
		time.Sleep(time.Second - 1)
		holds(t, s, "a", "v")
		time.Sleep(time.Nanosecond)
		holds(t, s, "a", "")
		n, err := s.Cleanup(ctx, "")
		must(t, err)
		if n != 1 {
			t.Errorf("cleaned up %d entries, want 1: b", n)
		}
		holds(t, s, "forever", "v")
	})
}

func TestPrefixesAreLiteral(t *testing.T) {
	ctx := t.Context()
	keys := []string{"a%", "a%b", "ab", "a*", "A%", "b"}
	for prefix, wanted := range map[string][]string{
		"": keys, "a%": {"a%", "a%b"}, "a": {"a%", "a%b", "ab", "a*"}, "a*": {"a*"}, "x": nil,
	} {
		s := membackend.New()
		for _, key := range keys {
			must(t, s.Set(ctx, key, value(key)))
		}
		var got []string
		for info, err := range s.List(ctx, prefix) {
			must(t, err)
			if info.Size != int64(len(info.Key)) {
				t.Errorf("the size of %s is %d", info.Key, info.Size)
			}
			got = append(got, info.Key)
			must(t, s.Set(ctx, "x"+info.Key, value("written while listing")))
		}
		slices.Sort(got)
		if !slices.Equal(got, slices.Sorted(slices.Values(wanted))) {
			t.Errorf("under %q: %q, want %q", prefix, got, wanted)
		}
		must(t, s.Clear(ctx, prefix))
		for _, key := range keys {
			if slices.Contains(wanted, key) {
				holds(t, s, key, "")
			} else {
				holds(t, s, key, key)
			}
		}
	}
}

func TestSize(t *testing.T) {
	ctx, s := t.Context(), membackend.New()
	must(t, s.Set(ctx, "a1", value("123")))
	must(t, s.Set(ctx, "a2", value("45")))
	must(t, s.Set(ctx, "b", value("6")))
	u, err := s.Size(ctx, "a")
	must(t, err)
	if u != (backend.Usage{Entries: 2, Bytes: 5}) {
		t.Errorf("holds %+v", u)
	}
}

// everything calls every method once and returns the errors by name.
func everything(ctx context.Context, s *membackend.Store, l backend.Lease) map[string]error {
	errs := map[string]error{}
	_, errs["get"] = s.Get(ctx, "k")
	_, errs["get many"] = s.GetMany(ctx, []string{"k"})
	errs["set"] = s.Set(ctx, "k", value("v"))
	errs["delete"] = s.Delete(ctx, "k")
	for _, err := range s.List(ctx, "") {
		errs["list"] = err
	}
	for _, err := range s.Watch(ctx, "") {
		if errs["watch"] = err; err == nil {
			break
		}
	}
	_, errs["size"] = s.Size(ctx, "")
	_, errs["probe"] = s.Probe(ctx)
	errs["clear"] = s.Clear(ctx, "")
	_, errs["cleanup"] = s.Cleanup(ctx, "")
	_, errs["lock"] = s.Lock(ctx, "k", time.Minute)
	_, errs["take over"] = s.TakeOver(ctx, "k", backend.Holder{}, time.Minute)
	_, errs["break"] = s.BreakLocks(ctx, "")
	errs["commit"] = l.Commit(ctx, value("v"))
	errs["fail"] = l.Fail(ctx)
	errs["extend"] = l.Extend(ctx, time.Minute)
	errs["release"] = l.Release(ctx)
	return errs
}

func TestAfterTheEnd(t *testing.T) {
	s := membackend.New()
	l, err := s.Lock(t.Context(), "lease", time.Minute)
	must(t, err)
	must(t, s.Set(t.Context(), "k", value("kept")))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for op, err := range everything(ctx, s, l) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end of ctx: %v", op, err)
		}
	}
	holds(t, s, "k", "kept")

	must(t, s.Close())
	must(t, s.Close())
	for op, err := range everything(t.Context(), s, l) {
		if !errors.Is(err, backend.ErrClosed) {
			t.Errorf("%s after Close: %v", op, err)
		}
	}
}

func TestIdentity(t *testing.T) {
	a, b := membackend.New(), membackend.New()
	if a.Identity() == b.Identity() || a.Kind() != "memory" {
		t.Errorf("%s and %s, kind %s", a.Identity(), b.Identity(), a.Kind())
	}
}

// For the race detector, and for entries that are a mixture of two.
func TestConcurrently(t *testing.T) {
	ctx, s := t.Context(), membackend.New()
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 300 {
				key, text := strconv.Itoa(i%7), fmt.Sprint(g, i)
				switch i % 5 {
				case 0:
					if l, err := s.Lock(ctx, key, time.Minute); err == nil {
						_ = l.Commit(ctx, backend.Entry{Value: []byte(text), Meta: []byte(text)})
					}
				case 1:
					_ = s.Set(ctx, key, backend.Entry{Value: []byte(text), Meta: []byte(text)})
				case 2:
					_ = s.Delete(ctx, key)
				case 3:
					for _, err := range s.List(ctx, "") {
						if err != nil {
							t.Error(err)
						}
					}
				default:
					if e, err := s.Get(ctx, key); err == nil && string(e.Value) != string(e.Meta) {
						t.Errorf("a mixture of %s and %s", e.Value, e.Meta)
					}
				}
			}
		})
	}
	group.Wait()
}

func TestProbe(t *testing.T) {
	s := membackend.New()
	for _, key := range []string{"a", "b"} {
		_, err := s.Lock(t.Context(), key, time.Minute)
		must(t, err)
	}
	readings, err := s.Probe(t.Context())
	must(t, err)
	for i, want := range []float64{0, 2} {
		if readings[i].Value != want {
			t.Errorf("%+v, want %v", readings[i], want)
		}
	}
}
