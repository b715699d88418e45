package cachier_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

type user struct {
	ID   int
	Name string
	Tags map[string][]string
}

var ann = user{7, "ann", map[string][]string{"team": {"a", "b"}}}

// upper is a codec of somebody's own.
type upper struct{}

func (upper) Name() string { return "hex" }

func (upper) Marshal(v any) ([]byte, error) {
	data, err := cachier.Gob.Marshal(v)
	return []byte(hex.EncodeToString(data)), err
}

func (upper) Unmarshal(data []byte, v any) error {
	data, err := hex.DecodeString(string(data))
	if err != nil {
		return err
	}
	return cachier.Gob.Unmarshal(data, v)
}

func TestCodecs(t *testing.T) {
	for _, codec := range []cachier.Codec{cachier.JSON, cachier.Gob, upper{}} {
		t.Run(codec.Name(), func(t *testing.T) {
			store := membackend.New()
			roundTrip(t, store, codec, ann)
			roundTrip(t, store, codec, &ann)
			roundTrip(t, store, codec, []user{ann, ann})
			roundTrip(t, store, codec, "text")
			roundTrip(t, store, codec, []byte{0, 255})
			roundTrip(t, store, codec, 1.5)
			roundTrip(t, store, codec, int64(1)<<62)
			roundTrip(t, store, codec, time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC))
		})
	}
}

// roundTrip computes in one Func and reads in another, as in another process.
func roundTrip[V any](t *testing.T, store backend.Backend, codec cachier.Codec, want V) {
	t.Helper()
	opts := private([]cachier.Option{cachier.WithBackend(store), cachier.WithCodec(codec)})
	writer := cachier.Must(cachier.New("codecs", func(context.Context, string) (V, error) { return want, nil }, opts...))
	reader := cachier.Must(cachier.New("codecs", func(context.Context, string) (v V, err error) { return v, errDown }, opts...))
	if _, err := writer.Call(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	got, err := reader.Call(t.Context(), "a")
	if fmt.Sprintf("%+v", deref(got)) != fmt.Sprintf("%+v", deref(want)) || err != nil {
		t.Errorf("%T: %+v, %v; want %+v", want, got, err, want)
	}
}

func deref(v any) any {
	if p, ok := v.(*user); ok {
		return *p
	}
	return v
}

// stored returns the only entry of a store.
func stored(t *testing.T, store backend.Backend) (key string, e backend.Entry) {
	t.Helper()
	n := 0
	for info, err := range store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		n, key = n+1, info.Key
	}
	if n != 1 {
		t.Fatalf("%d entries, want one", n)
	}
	e, err := store.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return key, e
}

// People look into their stores: keys and values are readable there by default,
// and times say when an entry may go.
func TestStoredForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		f := cachier.Must(cachier.New("users.fetch", func(context.Context, int) (user, error) {
			time.Sleep(time.Second)
			return ann, nil
		}, private([]cachier.Option{
			cachier.WithBackend(store), cachier.WithNamespace("shop"), cachier.WithVersion("v2"),
			cachier.WithTTL(time.Minute), cachier.WithTTLJitter(0), cachier.WithStaleIfError(time.Hour),
		})...))
		if _, err := f.Call(t.Context(), 42); err != nil {
			t.Fatal(err)
		}
		key, e := stored(t, store)
		if want := "c1:4:shop:11:users.fetch:2:v2:=42"; key != want {
			t.Errorf("the key is %s, want %s", key, want)
		}
		if want := `{"ID":7,"Name":"ann","Tags":{"team":["a","b"]}}`; string(e.Value) != want {
			t.Errorf("the value is %s, want %s", e.Value, want)
		}
		if e.Cost != time.Second || !e.Created.Equal(time.Now()) || e.Expires.Sub(e.Created).Truncate(time.Second) != time.Hour+time.Minute {
			t.Errorf("cost %v, created %v, expires %v", e.Cost, e.Created, e.Expires)
		}
	})
}

func TestNamespaceDefault(t *testing.T) {
	store := membackend.New()
	var s source
	f := newFunc(t, s.get, cachier.WithBackend(store))
	answers(t, f, "a", "a#1")
	if key, _ := stored(t, store); !strings.Contains(key, "github.com/cachier-go/cachier") {
		t.Errorf("the key %s doesn't begin with the main module", key)
	}
}

// Two releases of a program in a rolling deploy keep separate entries.
func TestValueVersions(t *testing.T) {
	store := membackend.New()
	calls := func(name string, opts ...cachier.Option) *cachier.Func[string, string] {
		return newFunc(t, func(context.Context, string) (string, error) { return name, nil }, append(opts, cachier.WithBackend(store))...)
	}
	for _, f := range []struct {
		want string
		*cachier.Func[string, string]
	}{
		{"by shape", calls("by shape")},
		{"v1", calls("v1", cachier.WithVersion("v1"))},
		{"v2", calls("v2", cachier.WithVersion("v2"))},
		{"v1", calls("again", cachier.WithVersion("v1"))},
		{"by shape", calls("again")},
		{"elsewhere", calls("elsewhere", cachier.WithNamespace("elsewhere"))},
	} {
		answers(t, f.Func, "a", f.want)
	}
	// A result of another shape is another version.
	type old struct{ A int }
	type wider struct{ A, B int }
	roundTrip(t, store, cachier.JSON, old{1})
	roundTrip(t, store, cachier.JSON, wider{1, 2})
	roundTrip(t, store, cachier.JSON, old{1})
	// Clear empties every version.
	if err := calls("").Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	answers(t, calls("cleared", cachier.WithVersion("v1")), "a", "cleared")
	answers(t, calls("", cachier.WithNamespace("elsewhere")), "a", "elsewhere")
}

// Entries that can't be read mean a computation, never an error or a wrong
// value. What may be somebody else's is left alone.
func TestDamagedEntries(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(e *backend.Entry)
		gone   bool
	}{
		"a flipped bit":         {func(e *backend.Entry) { e.Value[0] ^= 1 }, true},
		"cut short":             {func(e *backend.Entry) { e.Value = e.Value[:1] }, true},
		"empty":                 {func(e *backend.Entry) { e.Value = nil }, true},
		"a flipped bit of Meta": {func(e *backend.Entry) { e.Meta[5] ^= 1 }, true},
		"no Meta":               {func(e *backend.Entry) { e.Meta = nil }, false},
		"of a newer release":    {func(e *backend.Entry) { e.Meta[2]++ }, false},
		"of another program":    {func(e *backend.Entry) { e.Meta = []byte("something else") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			store := &hooked{Store: membackend.New()}
			var s source
			f := newFunc(t, s.get, cachier.WithBackend(store))
			answers(t, f, "a", "a#1")
			key, e := stored(t, store)
			c.damage(&e)
			if err := store.Set(t.Context(), key, e); err != nil {
				t.Fatal(err)
			}
			answers(t, f, "a", "a#2")
			answers(t, f, "a", "a#2")
			snap := f.Metrics().Snapshot()
			if snap.Misses(metrics.ReasonDecodeError) != 1 || snap.Calls() != 3 {
				t.Errorf("%q", exact(snap))
			}
			if gone := store.deletes.Load() == 1; gone != c.gone {
				t.Errorf("%d deletes", store.deletes.Load())
			}
		})
	}
}

// A codec that panics has failed.
func TestCodecPanics(t *testing.T) {
	f := newFunc(t, func(context.Context, string) (int, error) { return 1, nil },
		cachier.WithBackend(membackend.New()), cachier.WithCodec(panicking{}))
	answers(t, f, "a", 1)
	answers(t, f, "a", 1)
	if n := f.Metrics().Snapshot().Rejections(metrics.RejectEncodeError); n != 2 {
		t.Errorf("%d rejections", n)
	}
}

type panicking struct{}

func (panicking) Name() string                { return "panicking" }
func (panicking) Marshal(any) ([]byte, error) { panic("boom") }
func (panicking) Unmarshal([]byte, any) error { panic("boom") }

// Errors of a backend show a short hash of the key, unless keys are revealed.
func TestKeysInErrors(t *testing.T) {
	for _, opts := range [][]cachier.Option{nil, {cachier.WithKeysRevealed()}} {
		store := &hooked{Store: membackend.New(), onSet: func(context.Context, int) error { return errDown }}
		var s source
		f := newFunc(t, s.get, append(opts, cachier.WithBackend(store))...)
		err := f.Put(t.Context(), "ann@example.com", "x")
		if revealed := err != nil && strings.Contains(err.Error(), "ann@"); revealed != (opts != nil) {
			t.Errorf("%v, with %d options", err, len(opts))
		}
		if failed, ok := errors.AsType[*backend.Error](err); !ok || failed.Key == "" {
			t.Errorf("the error doesn't say which key: %v", err)
		}
	}
}

// Two processes share a store, also while both write.
func TestTwoProcesses(t *testing.T) {
	store := membackend.New()
	values := func(context.Context, int) ([]byte, error) { return bytes.Repeat([]byte("x"), 100), nil }
	a := newFunc(t, values, cachier.WithBackend(store), cachier.WithTTL(time.Millisecond))
	b := newFunc(t, values, cachier.WithBackend(store), cachier.WithTTL(time.Millisecond), cachier.WithLocal(5, time.Millisecond))
	var group sync.WaitGroup
	for i := range 8 {
		f := []*cachier.Func[int, []byte]{a, b}[i%2]
		group.Go(func() {
			for j := range 300 {
				v, err := f.Call(t.Context(), j%10)
				if len(v) != 100 || err != nil {
					t.Errorf("%q, %v", v, err)
				}
				if j%50 == 0 {
					if err := f.Delete(t.Context(), j%10); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	for _, f := range []*cachier.Func[int, []byte]{a, b} {
		if s := f.Metrics().Snapshot(); s.Calls() != 1200 || s.Misses(metrics.ReasonDecodeError) != 0 {
			t.Errorf("%q", exact(s))
		}
	}
}
