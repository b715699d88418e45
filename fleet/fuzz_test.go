package fleet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
)

// records is a fleet of two starts, and the keys of all that it has stored: of
// each start hour, minute, ten minutes and total, and the roster; and last that of
// the starts that are gone, which is a total, too.
func records(t testing.TB) (store *membackend.Store, keys []string) {
	store = membackend.New()
	begin(t, store, "one", 1)
	begin(t, store, "two", 2)
	for i, err := range store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, i.Key)
	}
	slices.Sort(keys)
	return store, append(keys, foldedKey)
}

// FuzzRecords has a fleet in which one record says anything, under a checksum that
// is right. Nobody who reads it panics or fails, and nobody else is kept from
// writing.
func FuzzRecords(f *testing.F) {
	store, keys := records(f)
	for place, key := range keys {
		f.Add(uint8(place), []byte{})
		f.Add(uint8(place), []byte("\x15{\"functions\":[{\"n\":1}]}\x00\xff\xff"))
		if record := value(f, store, key); record != nil {
			contents, err := fleet.Contents(record)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(place), contents)
		}
	}
	f.Add(uint8(len(keys)-2), []byte(`{"starts":[{"id":""},{"id":"x","joined":-1}],"folded":9223372036854775807}`))
	f.Fuzz(func(t *testing.T, place uint8, contents []byte) {
		store, keys := records(t)
		key := keys[int(place)%len(keys)]
		like := key
		if key == foldedKey {
			like = keys[slices.IndexFunc(keys, func(key string) bool { return strings.HasSuffix(key, "/total") })]
		}
		e, err := store.Get(t.Context(), like)
		if err == nil {
			e.Value = fleet.Record(e.Value, contents)
			err = store.Set(t.Context(), key, e)
		}
		if err != nil {
			t.Fatal(err)
		}
		begin(t, store, "three", 3) // it looks, and folds
		v, err := fleet.NewView(store, "")
		if err != nil {
			t.Fatal(err)
		}
		all, err := v.Totals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		hour, err := v.Window(t.Context(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []*fleet.Answer{all, hour} {
			counted := false
			for _, g := range a.By(fleet.Instance, fleet.Function) {
				_ = g.Snapshot.LatencyAll().Quantile(0.5)
				counted = counted || g.Values[0] == "three" && g.Snapshot.Calls() == 3
			}
			if !counted {
				t.Errorf("another start is not in it: %d parts, %d skipped", len(a.Parts), a.Skipped)
			}
		}
	})
}
