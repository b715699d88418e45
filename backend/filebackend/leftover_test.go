package filebackend_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/internal/killing"
)

// What dead writers left is swept: neither what is young, nor what somebody is
// still at work on.
func TestSweeping(t *testing.T) {
	for name, sweep := range map[string]func(s *filebackend.Store) error{
		"by Cleanup": func(s *filebackend.Store) error { _, err := s.Cleanup(t.Context(), "another/"); return err },
		"by Set":     func(s *filebackend.Store) error { return s.Set(t.Context(), "k", value("v")) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			s := open(t, t.TempDir(), nil)
			l, err := s.Lock(ctx, "k", time.Nanosecond) // makes the directory, and a lease that is over
			must(t, err)
			old := time.Now().Add(-filebackend.Youngest - time.Minute)
			temp := func(name string, at time.Time) string {
				path := strings.TrimSuffix(s.EntryPath("k"), ".entry") + "." + name + ".tmp"
				must(t, os.WriteFile(path, []byte("half an en"), 0o600))
				must(t, os.Chtimes(path, at, at))
				return path
			}
			abandoned, young := temp("ABANDONED", old), temp("YOUNG", time.Now())
			must(t, sweep(s))
			if _, err := os.Stat(abandoned); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("an abandoned file is left: %v", err)
			}
			if _, err := os.Stat(young); err != nil {
				t.Errorf("a young file is gone: %v", err)
			}
			if _, err := os.Stat(s.LeasePath("k")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a lease that is over is left: %v", err)
			}
			wantErr(t, "Commit", l.Commit(ctx, value("v")), backend.ErrLeaseLost)
			readings, err := s.Probe(ctx)
			must(t, err)
			if readings[1].Value != 1 {
				t.Errorf("%v files swept, want 1", readings[1].Value)
			}
		})
	}
}

// A lease that stands isn't swept, however long it was made ago.
func TestSweepingKeepsLeases(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	l, err := s.Lock(ctx, "k", 1000*time.Hour)
	must(t, err)
	must(t, mark(ctx, s, "failed"))
	old := time.Now().Add(-100 * time.Hour)
	must(t, os.Chtimes(s.LeasePath("k"), old, old))
	_, err = s.Cleanup(ctx, "")
	must(t, err)
	if _, err := os.Stat(s.LeasePath("failed")); err != nil {
		t.Errorf("a young failure mark is gone: %v", err)
	}
	must(t, l.Commit(ctx, value("v")))
}

// A directory that vanishes takes the entries with it and nothing else: the next
// Set makes it anew.
func TestAVanishedDirectory(t *testing.T) {
	ctx := t.Context()
	s := open(t, filepath.Join(t.TempDir(), "cache"), nil)
	must(t, s.Set(ctx, "k", value("v")))
	l, err := s.Lock(ctx, "k", time.Hour)
	must(t, err)
	_, err = s.Size(ctx, "k")
	must(t, err)
	for range 2 {
		must(t, os.RemoveAll(s.Dir()))
		_, err = s.Get(ctx, "k")
		wantErr(t, "Get", err, backend.ErrNotFound)
		must(t, s.Delete(ctx, "k"))
		must(t, s.Clear(ctx, ""))
		for range s.List(ctx, "") {
			t.Error("something is listed")
		}
		if u, err := s.Size(ctx, "k"); err != nil || u != (backend.Usage{}) {
			t.Errorf("Size: %+v, %v", u, err)
		}
		wantErr(t, "Commit", l.Commit(ctx, value("v")), backend.ErrLeaseLost)
		must(t, s.Set(ctx, "k", value("again")))
		holds(t, s, "k", "again")
		if u, err := s.Size(ctx, "k"); err != nil || u.Entries != 1 {
			t.Errorf("Size: %+v, %v", u, err)
		}
		l, err = s.Lock(ctx, "k", time.Hour)
		must(t, err)
	}
	must(t, l.Commit(ctx, value("committed")))
}

// Also while many are at work: nobody gets a wrong value, or stays stuck.
func TestVanishingAgainAndAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	var wg sync.WaitGroup
	for writer := range uint64(4) {
		s := open(t, dir, nil)
		r := rand.New(rand.NewPCG(1, writer))
		wg.Go(func() {
			for range 150 {
				e := killing.Seal(r, "k", killSize(r))
				if err := s.Set(t.Context(), "k", e); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Errorf("Set: %v", err)
				}
				got, err := s.Get(t.Context(), "k")
				if err == nil {
					err = killing.Broken("k", got, 0)
				}
				if err != nil && !errors.Is(err, backend.ErrNotFound) {
					t.Errorf("Get: %v", err)
				}
			}
		})
	}
	for range 20 {
		time.Sleep(3 * time.Millisecond)
		_ = os.RemoveAll(dir)
	}
	wg.Wait()
	s := open(t, dir, nil)
	must(t, s.Set(t.Context(), "k", value("v")))
	holds(t, s, "k", "v")
}

// mark leaves a failure mark.
func mark(ctx context.Context, s *filebackend.Store, key string) error {
	l, err := s.Lock(ctx, key, time.Minute)
	if err != nil {
		return err
	}
	return l.Fail(ctx)
}
