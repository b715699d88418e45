package filebackend_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
)

// MaxBytes is kept while more and more is stored, and what was stored last is
// what is there.
func TestMaxBytes(t *testing.T) {
	for _, size := range []int{1, 5_000, 100_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			const bound = 2 << 20
			ctx := t.Context()
			s := open(t, t.TempDir(), &filebackend.Options{MaxBytes: bound})
			start := time.Now().Add(-time.Hour)
			disk := (size + 72 + 4095) / 4096 * 4096
			n := 2 * bound / disk
			for i := range n {
				key := fmt.Sprint(i)
				must(t, s.Set(ctx, key, backend.Entry{Value: make([]byte, size)}))
				// Files are as old as the clock can tell, which isn't exact enough here.
				at := start.Add(time.Duration(i) * time.Second)
				must(t, ignoreGone(os.Chtimes(s.EntryPath(key), at, at)))
				if used, err := s.Used(); err != nil || used > bound {
					t.Fatalf("after %d entries %d bytes are used, %v", i+1, used, err)
				}
			}
			first, count := n, 0
			for info, err := range s.List(ctx, "") {
				must(t, err)
				i, err := strconv.Atoi(info.Key)
				must(t, err)
				first, count = min(first, i), count+1
			}
			if used, _ := s.Used(); used < bound*2/3 {
				t.Errorf("only %d of %d bytes are used", used, bound)
			}
			if first != n-count {
				t.Errorf("of %d entries %d are left, but the oldest is number %d", n, count, first)
			}
			readings, err := s.Probe(ctx)
			must(t, err)
			if int(readings[0].Value) != n-count {
				t.Errorf("%v evicted, want %d", readings[0].Value, n-count)
			}
			wantErr(t, "Set", s.Set(ctx, "k", backend.Entry{Value: make([]byte, bound*2/3)}), backend.ErrTooLarge)
		})
	}
}

func ignoreGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// Several write at once: the bound is passed by little, and not for long.
func TestMaxBytesOfMany(t *testing.T) {
	const bound = 2 << 20
	dir := t.TempDir()
	var wg sync.WaitGroup
	for w := range 4 {
		s := open(t, dir, &filebackend.Options{MaxBytes: bound})
		wg.Go(func() {
			for i := range 300 {
				if err := s.Set(t.Context(), fmt.Sprintf("%d/%d", w, i), backend.Entry{Value: make([]byte, 5000)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if used, err := open(t, dir, nil).Used(); err != nil || used > bound*11/10 {
		t.Errorf("%d bytes are used of %d, %v", used, bound, err)
	}
}

// After a crash the account is wrong, and says so.
func TestAccountAfterACrash(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"gone":    func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"empty":   func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) },
		"cut":     func(t *testing.T, path string) { must(t, os.Truncate(path, 30)) },
		"changed": func(t *testing.T, path string) { flip(t, path, 24) },
		"dirty":   func(t *testing.T, path string) { flip(t, path, 12) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			s := open(t, t.TempDir(), nil)
			must(t, s.Set(ctx, "k", value("v")))
			want, err := s.Size(ctx, "")
			must(t, err)
			if _, err := s.Size(ctx, "k"); err != nil { // remembered from now on
				t.Fatal(err)
			}
			for _, path := range []string{s.EntryPath("k"), s.EntryPath("k")} {
				spoil(t, filepath.Join(s.ShardDir("k"), filebackend.LockName))
				for _, prefix := range []string{"", "k"} {
					if got, err := s.Size(ctx, prefix); err != nil || got != want {
						t.Errorf("Size(%q) = %+v, %v, want %+v", prefix, got, err, want)
					}
				}
				spoil(t, filepath.Join(s.ShardDir("k"), filebackend.LockName))
				must(t, os.Remove(path)) // as if it died between removing and writing
				if got, err := s.Size(ctx, "k"); err != nil || got != (backend.Usage{}) {
					t.Errorf("Size = %+v, %v, want nothing", got, err)
				}
				must(t, s.Set(ctx, "k", value("v")))
			}
		})
	}
}

func flip(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	b[at] ^= 1
	must(t, os.WriteFile(path, b, 0o600))
}

// More prefixes than are remembered are counted all the same.
func TestManyPrefixes(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	for i := range 5 {
		must(t, s.Set(ctx, fmt.Sprintf("%d/", i), value("v")))
	}
	for range 2 {
		for i := range filebackend.MaxRecalls + 10 {
			u, err := s.Size(ctx, fmt.Sprintf("%d/", i))
			must(t, err)
			if want := int64(map[bool]int{true: 1}[i < 5]); u.Entries != want {
				t.Errorf("under %d/ there are %d entries, want %d", i, u.Entries, want)
			}
		}
	}
}

// entriesEnv is how many entries are listed; few in everyday tests.
const entriesEnv = "CACHIER_TEST_ENTRIES"

// Listing, sizing, cleaning up and clearing take little memory, however much is
// stored.
func TestMemory(t *testing.T) {
	n := 3000
	if v := os.Getenv(entriesEnv); v != "" {
		var err error
		n, err = strconv.Atoi(v)
		must(t, err)
	}
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	for i := range n {
		must(t, s.Set(ctx, fmt.Sprintf("some/function/%d", i), value("v")))
	}
	s = open(t, s.Dir(), nil) // remembers nothing
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var most uint64
	look := func(what string, start time.Time) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
		t.Logf("%s: %v", what, time.Since(start).Round(time.Millisecond))
	}

	start, listed := time.Now(), 0
	for _, err := range s.List(ctx, "some/") {
		must(t, err)
		if listed++; listed%10_000 == 0 {
			look(fmt.Sprintf("listed %d", listed), start)
		}
	}
	look("listed all", start)
	for _, prefix := range []string{"some/", "some/", ""} {
		start = time.Now()
		u, err := s.Size(ctx, prefix)
		must(t, err)
		look(fmt.Sprintf("sized %q", prefix), start)
		if u.Entries != int64(n) || listed != n {
			t.Errorf("%d are listed, %d counted, of %d", listed, u.Entries, n)
		}
	}
	start = time.Now()
	_, err := s.Cleanup(ctx, "some/")
	must(t, err)
	look("cleaned up", start)
	start = time.Now()
	must(t, s.Clear(ctx, "some/"))
	look("cleared", start)
	t.Logf("%d entries, at most %d KiB on the heap, %d before", n, most>>10, before.HeapAlloc>>10)
	if most > before.HeapAlloc+64<<20 {
		t.Errorf("%d bytes on the heap, %d before", most, before.HeapAlloc)
	}
}
