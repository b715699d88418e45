package entries_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/cmd/cachier/internal/entries"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
	"github.com/cachier-go/cachier/internal/keyform"
)

func open(t *testing.T, scheme location.Scheme) *location.Store {
	t.Helper()
	s, err := location.Location{Scheme: scheme, Path: filepath.Join(t.TempDir(), "cache")}.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func key(function string, i int) string {
	return keyform.Stored("shop", function, "v1", fmt.Append(nil, i))
}

// slow is a store that can only list and delete, and that is interrupted after
// some deletions.
type slow struct {
	backend.Backend
	left   int
	cancel func()
}

func (s *slow) Delete(ctx context.Context, key string) error {
	if s.left--; s.left == 0 {
		s.cancel()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Backend.Delete(ctx, key)
}

// An interruption tells how many entries are gone, over all functions.
func TestClearInterrupted(t *testing.T) {
	for _, scheme := range []location.Scheme{location.File, location.SQLite} {
		s := open(t, scheme)
		for i := range 20 {
			for _, f := range []string{"a", "b", "c"} {
				if err := s.Backend.Set(t.Context(), key(f, i), backend.Entry{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := &slow{s.Backend, 28, cancel}
		s.Backend = b
		u, err := entries.Measure(ctx, s, entries.Filter{}, nil)
		if err != nil || !u.Complete || u.Total.Entries != 60 {
			t.Fatalf("%+v, %v", u, err)
		}
		done, err := entries.Clear(ctx, s, u.Functions, nil)
		if err != nil || done.Complete || done.Entries != 27 {
			t.Errorf("%s: %+v, %v", scheme, done, err)
		}
		if u, err = entries.Measure(ctx, s, entries.Filter{}, nil); err != nil || u.Complete {
			t.Errorf("%+v, %v", u, err)
		}
		if u, err = entries.Measure(t.Context(), s, entries.Filter{}, nil); err != nil || u.Total.Entries != 33 {
			t.Errorf("%+v, %v", u, err)
		}
		for i := range 3 { // collect removes them one by one as well
			if err := b.Set(t.Context(), key("c", i), backend.Entry{Expires: time.Now().Add(-time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel = context.WithCancel(t.Context())
		b.left, b.cancel = 3, cancel
		if done, err := entries.Collect(ctx, s, nil); err != nil || done.Complete || done.Entries != 2 {
			t.Errorf("%s: %+v, %v", scheme, done, err)
		}
	}
}

func TestFilter(t *testing.T) {
	s := open(t, location.File)
	long := make([]byte, 150)
	for i := range long {
		long[i] = 'n'
	}
	for _, name := range []string{"users.fetch", "users.count", "user", string(long)} {
		for _, namespace := range []string{"shop", "blog"} {
			if err := s.Backend.Set(t.Context(), keyform.Stored(namespace, name, "1", nil), backend.Entry{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		function, namespace string
		want                int64
	}{
		{"", "", 8},
		{"*", "", 8},
		{"", "shop", 4},
		{"users.*", "", 4},
		{"user*", "", 6},
		{"user", "", 2},
		{"users", "", 0},
		{"users.fetch", "b*", 1},
		{string(long), "", 2},
		{"nnn*", "", 0},
		{"#*", "", 2},
		{"", "sho", 0},
	} {
		u, err := entries.Measure(t.Context(), s, entries.Filter{Function: tt.function, Namespace: tt.namespace}, nil)
		if err != nil || u.Total.Entries != tt.want {
			t.Errorf("%q in %q: %+v, %v", tt.function, tt.namespace, u.Total, err)
		}
	}
}
