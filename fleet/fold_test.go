package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
)

// slowStore takes a while to answer each Get, and counts those of totals.
type slowStore struct {
	backend.Locker
	each   time.Duration
	totals atomic.Int32
}

func (s *slowStore) Get(ctx context.Context, key string) (backend.Entry, error) {
	if strings.HasSuffix(key, "/total") {
		s.totals.Add(1)
	}
	time.Sleep(s.each)
	return s.Locker.Get(ctx, key)
}

// Many starts that are gone are folded though the store takes so long that no lease
// would last for all of them. Meanwhile the start that folds goes on writing, and
// the sums stay as they are.
func TestFoldingOnASlowStore(t *testing.T) {
	const starts = 100
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		for i := range starts {
			begin(t, store, fmt.Sprint("gone", i), 1)
		}
		time.Sleep(9 * 24 * time.Hour)
		p := run(t, &slowStore{Locker: store, each: 200 * time.Millisecond}, &fleet.Options{Instance: "lives"})
		p.call(2)
		time.Sleep(15 * time.Second)
		for range 20 {
			time.Sleep(15 * time.Second)
			a := totals(t, store)
			if n := a.Sum().Calls(); n != starts+2 {
				t.Fatalf("%d calls while folding", n)
			}
			for _, s := range a.Starts {
				if late := time.Since(s.Written); s.Instance == "lives" && late > time.Minute {
					t.Errorf("a write was %v late", late)
				}
			}
		}
		a := totals(t, store)
		if len(a.Starts) != 1 || a.Skipped != 0 {
			t.Fatalf("%d starts, %d skipped", len(a.Starts), a.Skipped)
		}
		for i, err := range store.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(i.Key, "/total") && i.Key != totalKey(a.Starts[0].ID) {
				t.Errorf("%s was folded and is still there", i.Key)
			}
		}
		p.end()
	})
}

// What can't be folded is looked at once an hour, by one of all.
func TestFoldingIsTriedOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		gone := begin(t, store, "gone", 1)
		reformat(t, store, totalKey(gone.ID()))
		time.Sleep(9 * 24 * time.Hour)
		counting := &slowStore{Locker: store}
		p := run(t, counting, &fleet.Options{Instance: "p", Every: time.Minute})
		q := run(t, counting, &fleet.Options{Instance: "q", Every: time.Minute})
		p.call(1)
		time.Sleep(2 * time.Minute)
		counting.totals.Store(0)
		time.Sleep(50 * time.Minute)
		if n := counting.totals.Load(); n > 0 {
			t.Errorf("totals were read %d times within the hour", n)
		}
		time.Sleep(time.Hour)
		if n := counting.totals.Load(); n == 0 || n > 10 {
			t.Errorf("totals were read %d times in two hours", n)
		}
		p.end()
		q.end()
	})
}

// A total that its store finds damaged keeps nobody else from being folded, and
// leaves, too.
func TestFoldingOfADamagedTotal(t *testing.T) {
	dir := t.TempDir()
	store, err := filebackend.New(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	long := time.Now().Add(-9 * 24 * time.Hour)
	good, bad := begin(t, store, "good", 1), begin(t, store, "bad", 10)
	for _, id := range []string{good.ID(), bad.ID()} {
		e, err := store.Get(t.Context(), totalKey(id))
		if e.Created = long; err == nil {
			err = store.Set(t.Context(), totalKey(id), e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	e, err := store.Get(t.Context(), rosterKey)
	if err == nil {
		e.Value, err = fleet.JoinedEarlier(e.Value, 9*24*time.Hour)
	}
	if err == nil {
		err = store.Set(t.Context(), rosterKey, e)
	}
	if err == nil {
		err = cutShort(dir, bad.ID())
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Get(t.Context(), totalKey(bad.ID())); !errors.Is(err, backend.ErrCorrupt) {
		t.Fatalf("the store says %v", err)
	}
	if a := totals(t, store); a.Skipped != 1 || a.Sum().Calls() != 1 {
		t.Errorf("before: %d calls, %d skipped", a.Sum().Calls(), a.Skipped)
	}
	begin(t, store, "lives", 100)
	if a := totals(t, store); len(a.Starts) != 1 || a.Sum().Calls() != 101 || a.Skipped != 0 {
		t.Errorf("after: %d starts, %d calls, %d skipped", len(a.Starts), a.Sum().Calls(), a.Skipped)
	}
	for _, id := range []string{good.ID(), bad.ID()} {
		if _, err := store.Get(t.Context(), totalKey(id)); !errors.Is(err, backend.ErrNotFound) {
			t.Errorf("a total that was folded: %v", err)
		}
	}
}

// cutShort truncates the files in which there is a text.
func cutShort(dir, text string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil && bytes.Contains(content, []byte(text+"/total")) {
			err = os.Truncate(path, int64(len(content)-5))
		}
		return err
	})
}

// blocked is a store on which the record of the starts that are gone can't be
// changed.
type blocked struct{ backend.Locker }

func (b blocked) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	if key == foldedKey {
		return nil, errOutage
	}
	return b.Locker.Lock(ctx, key, ttl)
}

// A start that can't fold writes what it counted itself all the same, and one that
// ends leaves folding to others.
func TestOwnRecordsComeBeforeFolding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		begin(t, store, "gone", 1)
		time.Sleep(9 * 24 * time.Hour)
		p := run(t, blocked{store}, &fleet.Options{Instance: "p", Logger: slog.New(slog.DiscardHandler)})
		p.call(2)
		time.Sleep(11 * time.Second)
		if n := totals(t, store).Sum().Calls(); n != 3 {
			t.Errorf("%d calls after the first write, want 3", n)
		}
		if stats := p.registry.ExportStats(); len(stats) != 1 || stats[0].Errors != 1 {
			t.Errorf("counted %+v", stats)
		}
		p.end()

		time.Sleep(2 * time.Hour)
		p = run(t, blocked{store}, &fleet.Options{Instance: "p"})
		p.call(4)
		p.end() // an error, if it folded
		for _, stats := range p.registry.ExportStats() {
			if stats.Errors != 0 {
				t.Errorf("counted %+v", stats)
			}
		}
	})
}
