package s3backend_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// Where names are cut, prefixes are told apart by what is in the objects.
func TestLongPrefixes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	b := s3backend.NewLocker(connect(t, server.S3Access), server.Bucket, nil)
	common := strings.Repeat("/long", 60)
	past := backend.Entry{Expires: time.Now().Add(-time.Hour)}
	for _, p := range []string{"a/", "b/"} {
		for i := range 3 {
			must(t, b.Set(ctx, fmt.Sprint(common, p, i), past))
			must(t, second(b.Lock(ctx, fmt.Sprint(common, p, "leased", i), time.Hour)))
		}
	}
	must(t, b.Set(ctx, common[:40], past))
	count := func(prefix string) (n int) {
		t.Helper()
		for _, err := range b.List(ctx, prefix) {
			must(t, err)
			n++
		}
		u, err := b.Size(ctx, prefix)
		must(t, err)
		if u.Entries != int64(n) {
			t.Errorf("Size counts %d, List %d", u.Entries, n)
		}
		return n
	}
	for prefix, want := range map[string]int{"": 7, common[:30]: 7, common: 6, common + "a": 3, common + "a/1": 1, common + "c": 0} {
		if n := count(prefix); n != want {
			t.Errorf("under %d bytes there are %d, want %d", len(prefix), n, want)
		}
	}
	if n, err := b.BreakLocks(ctx, common+"a/"); n != 3 || err != nil {
		t.Errorf("BreakLocks: %d, %v", n, err)
	}
	if n, err := b.Cleanup(ctx, common+"a/"); n != 3 || err != nil {
		t.Errorf("Cleanup: %d, %v", n, err)
	}
	must(t, b.Clear(ctx, common+"b/"))
	if n := count(""); n != 1 {
		t.Errorf("%d are left", n)
	}
	if n, err := b.BreakLocks(ctx, ""); n != 0 || err != nil {
		t.Errorf("BreakLocks: %d, %v", n, err)
	}
}

// A lease on a large entry leaves it as it is.
func TestLeaseOnLargeEntry(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	b := s3backend.NewLocker(connect(t, server.S3Access), server.Bucket, nil)
	value := []byte(strings.Repeat("0123456789", 50_000))
	for _, meta := range []string{"", strings.Repeat("meta", 5000)} {
		must(t, b.Set(ctx, "k", backend.Entry{Value: value, Meta: []byte(meta)}))
		l, err := b.Lock(ctx, "k", time.Minute)
		must(t, err)
		must(t, l.Extend(ctx, time.Minute))
		must(t, l.Fail(ctx))
		must(t, second(b.BreakLocks(ctx, "")))
		for _, err := range b.List(ctx, "k") {
			must(t, err)
		}
		e, err := b.Get(ctx, "k")
		if err != nil || string(e.Value) != string(value) || string(e.Meta) != meta {
			t.Errorf("Get: %d and %d bytes, %v", len(e.Value), len(e.Meta), err)
		}
	}
}
