package mongobackend_test

import (
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
)

// put puts a document in place of the one with its _id.
func put(t testing.TB, c *mongo.Collection, d bson.M) {
	t.Helper()
	must(t, second(c.ReplaceOne(t.Context(), bson.D{{Key: "_id", Value: d["_id"]}}, d, options.Replace().SetUpsert(true))))
}

// read returns what there is under a key.
func read(t testing.TB, c *mongo.Collection, key any) bson.M {
	t.Helper()
	var d bson.M
	must(t, c.FindOne(t.Context(), bson.D{{Key: "_id", Value: key}}).Decode(&d))
	return d
}

// What was cut short or changed is never taken for an entry, and Set, Delete and
// Commit get rid of it.
func TestDamage(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := collection(t, connect(t, serverURL(t)))
	b := over(t, c)
	e := backend.Entry{Value: []byte("a value"), Meta: []byte("meta"), Created: time.Now(), Expires: time.Now().Add(time.Hour)}
	spoil := func(name string, value any) {
		t.Helper()
		must(t, b.Set(ctx, "k", e))
		d := read(t, c, "k")
		if d[name] = value; value == nil {
			delete(d, name)
		}
		put(t, c, d)
	}
	for name, values := range map[string][]any{
		"value": {nil, "text", bson.Binary{Data: []byte("a val")}, bson.Binary{Data: []byte("a value and more")}, int32(7)},
		"meta":  {nil, "text", bson.A{}},
		"size":  {nil, int64(3), "seven"}, "cost": {nil, "much"},
		"created": {"now", int64(3)}, "expires": {"later", int64(3)},
	} {
		for _, value := range values {
			spoil(name, value)
			got, err := b.Get(ctx, "k")
			if !errors.Is(err, backend.ErrCorrupt) {
				t.Errorf("%s is %v: Get returned %q, %v", name, value, got.Value, err)
			}
			many, err := b.GetMany(ctx, []string{"k"})
			if len(many) != 0 || err != nil {
				t.Errorf("%s is %v: GetMany returned %v, %v", name, value, many, err)
			}
			for _, err := range b.List(ctx, "") {
				must(t, err)
			}
			must(t, second(b.Size(ctx, "")))
			l, err := b.Lock(ctx, "k", time.Minute)
			must(t, err)
			must(t, l.Commit(ctx, e))
			must(t, second(b.Get(ctx, "k")))
			spoil(name, value)
			must(t, b.Delete(ctx, "k"))
			if n, err := c.CountDocuments(ctx, bson.D{}); n != 0 || err != nil {
				t.Errorf("%s is %v: Delete left it, %v", name, value, err)
			}
		}
	}
	// A broken lease is in nobody's way for longer than until the next value.
	for _, value := range []any{"text", bson.M{}, bson.M{"token": 7}} {
		spoil("lease", value)
		must(t, second(b.Get(ctx, "k")))
		if _, err := b.Lock(ctx, "k", time.Minute); !errors.Is(err, backend.ErrCorrupt) {
			t.Errorf("the lease is %v: Lock: %v", value, err)
		}
		must(t, b.Set(ctx, "k", e))
		must(t, second(b.Lock(ctx, "k", time.Minute)))
	}
}

// What other programs have in the collection stays, also what a future version
// of this package has.
func TestForeign(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := collection(t, connect(t, serverURL(t)))
	b := over(t, c)
	must(t, b.Set(ctx, "ours", backend.Entry{}))
	past := bson.NewDateTimeFromTime(time.Now().Add(-time.Hour))
	foreign := map[any]bson.M{
		"theirs": {"a": "b"}, "empty": {}, "version": {"cachier": int32(2), "gone": past, "size": int64(1)}, "text": {"cachier": "1", "gone": past},
		int32(42): {"cachier": int32(1), "gone": past, "lease": bson.M{"until": bson.NewDateTimeFromTime(time.Now().Add(time.Hour))}},
		"":        {"cachier": int32(1), "gone": past},
	}
	for id, d := range foreign {
		d["_id"] = id
		put(t, c, d)
	}
	for key := range foreign {
		key, ok := key.(string)
		if !ok || key == "" {
			continue // a key is neither
		}
		for op, err := range map[string]error{
			"Get":  second(b.Get(ctx, key)),
			"Set":  b.Set(ctx, key, backend.Entry{}),
			"Lock": second(b.Lock(ctx, key, time.Minute)),
		} {
			if !errors.Is(err, backend.ErrForeign) {
				t.Errorf("%s of a foreign %s: %v", op, key, err)
			}
		}
		must(t, b.Delete(ctx, key))
		many, err := b.GetMany(ctx, []string{key, "ours"})
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
	if n, err := b.BreakLocks(ctx, ""); n != 0 || err != nil {
		t.Errorf("BreakLocks: %d, %v", n, err)
	}
	if n, err := b.Cleanup(ctx, ""); n != 0 || err != nil {
		t.Errorf("Cleanup: %d, %v", n, err)
	}
	must(t, b.Clear(ctx, ""))
	for id, d := range foreign {
		if got := read(t, c, id); len(got) != len(d) {
			t.Errorf("%v was touched: %v", id, got)
		}
	}
	if _, err := b.Get(ctx, "ours"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("what was ours: %v", err)
	}
}
