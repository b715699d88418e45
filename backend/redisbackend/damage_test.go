package redisbackend_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// What was cut short or changed is never taken for an entry, and Set and Delete
// get rid of it.
func TestDamage(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	client := connect(t, testserver.StartRedis(t).Addr)
	b := over(t, client, nil)
	e := backend.Entry{Value: []byte("a value"), Meta: []byte("meta"), Created: time.Now()}
	must(t, b.Set(ctx, "k", e))
	whole, err := client.Get(ctx, "cachier:k").Bytes()
	must(t, err)
	for n := range len(whole) {
		must(t, client.Set(ctx, "cachier:k", whole[:n], 0).Err())
		damaged(t, b, "cut short")
		if n >= 4 { // less than that isn't this package's
			must(t, b.Set(ctx, "k", e))
			must(t, client.Set(ctx, "cachier:k", whole[:n], 0).Err())
			l, err := b.Lock(ctx, "k", time.Minute)
			must(t, err)
			must(t, l.Commit(ctx, e))
			must(t, client.Set(ctx, "cachier:k", whole[:n], 0).Err())
			must(t, b.Delete(ctx, "k"))
			if n, err := client.Exists(ctx, "cachier:k").Result(); n != 0 || err != nil {
				t.Errorf("Delete left it: %v", err)
			}
		}
	}
	must(t, client.Set(ctx, "cachier:k", append(whole, "more"...), 0).Err())
	damaged(t, b, "made longer")
	for i := range 69 {
		changed := append([]byte(nil), whole...)
		changed[i] ^= 0xff
		must(t, client.Set(ctx, "cachier:k", changed, 0).Err())
		if got, err := b.Get(ctx, "k"); err == nil && string(got.Value) != string(e.Value) {
			t.Errorf("with byte %d changed the value is %q", i, got.Value)
		}
	}
}

func damaged(t *testing.T, b backend.Backend, how string) {
	t.Helper()
	e, err := b.Get(t.Context(), "k")
	if !errors.Is(err, backend.ErrCorrupt) && !errors.Is(err, backend.ErrForeign) && !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("%s: Get returned %q, %v", how, e.Value, err)
	}
	many, err := b.(backend.BatchGetter).GetMany(t.Context(), []string{"k"})
	if len(many) != 0 || err != nil {
		t.Errorf("%s: GetMany returned %v, %v", how, many, err)
	}
}

// What other programs have in the database, and under the prefix, stays.
func TestForeign(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	client := connect(t, testserver.StartRedis(t).Addr)
	b := over(t, client, nil)
	must(t, b.Set(ctx, "ours", backend.Entry{}))
	foreign := map[string]func(key string) error{
		"string":  func(key string) error { return client.Set(ctx, key, "theirs", 0).Err() },
		"empty":   func(key string) error { return client.Set(ctx, key, "", 0).Err() },
		"number":  func(key string) error { return client.Set(ctx, key, 42, 0).Err() },
		"version": func(key string) error { return client.Set(ctx, key, "cch\x02 of the future", 0).Err() },
		"hash":    func(key string) error { return client.HSet(ctx, key, "a", "b").Err() },
		"list":    func(key string) error { return client.RPush(ctx, key, "a").Err() },
		"set":     func(key string) error { return client.SAdd(ctx, key, "a").Err() },
		"stream": func(key string) error {
			return client.XAdd(ctx, &redis.XAddArgs{Stream: key, Values: []any{"a", "b"}}).Err()
		},
	}
	before := map[string]string{}
	for kind, put := range foreign {
		for _, place := range []string{"cachier:" + kind, "elsewhere:" + kind, kind} {
			must(t, put(place))
			before[place] = client.Dump(ctx, place).Val()
		}
	}
	for kind := range foreign {
		for op, err := range map[string]error{
			"Get":  second(b.Get(ctx, kind)),
			"Set":  b.Set(ctx, kind, backend.Entry{}),
			"Lock": second(b.Lock(ctx, kind, time.Minute)),
		} {
			if !errors.Is(err, backend.ErrForeign) {
				t.Errorf("%s of a foreign %s: %v", op, kind, err)
			}
		}
		must(t, b.Delete(ctx, kind))
		many, err := b.GetMany(ctx, []string{kind, "ours"})
		must(t, err)
		if len(many) != 1 {
			t.Errorf("GetMany returned %v", many)
		}
	}
	u, err := b.Size(ctx, "")
	must(t, err)
	if u.Entries != 1 {
		t.Errorf("Size counts %d", u.Entries)
	}
	must(t, second(b.BreakLocks(ctx, "")))
	must(t, b.Clear(ctx, ""))
	for place, dump := range before {
		if client.Dump(ctx, place).Val() != dump {
			t.Errorf("%s was touched", place)
		}
	}
	if _, err := b.Get(ctx, "ours"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("what was ours: %v", err)
	}
}

// second is the error of a call that returns two values.
func second[T any](_ T, err error) error { return err }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
