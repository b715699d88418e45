package filebackend_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: got %v, want %v", what, err, target)
	}
}

func value(v string) backend.Entry {
	return backend.Entry{Value: []byte(v), Created: time.Now()}
}

func holds(t testing.TB, s *filebackend.Store, key, want string) {
	t.Helper()
	e, err := s.Get(context.Background(), key)
	if err != nil || string(e.Value) != want {
		t.Errorf("Get(%q) = %.40q, %v, want %q", key, e.Value, err, want)
	}
}

// A file of ours that is damaged is a miss of its own kind, is listed nowhere,
// and a new entry takes its place.
func TestDamagedFiles(t *testing.T) {
	good := encode(t, "k", sample)
	for name, content := range map[string][]byte{
		"empty": nil, "cut in the head": good[:40], "cut in the value": good[:len(good)-1], "zeros": make([]byte, len(good)),
		"garbage": []byte("this is no entry at all, but as long as one could well be, if not longer"), "short": []byte("x"),
		"of an impossible length": append(append(bytes.Clone(good[:48]), bytes.Repeat([]byte{0xff}, 16)...), good[64:]...),
		"with a tail":             append(bytes.Clone(good), "tail"...),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			s := open(t, t.TempDir(), nil)
			must(t, s.Set(ctx, "k", value("old")))
			damage := func() { must(t, os.WriteFile(s.EntryPath("k"), content, 0o600)) }

			damage()
			_, err := s.Get(ctx, "k")
			wantErr(t, "Get", err, backend.ErrCorrupt)
			for info, err := range s.List(ctx, "") {
				t.Errorf("it is listed: %v, %v", info, err)
			}
			must(t, s.Delete(ctx, "k"))
			_, err = s.Get(ctx, "k")
			wantErr(t, "Get after Delete", err, backend.ErrNotFound)

			damage()
			must(t, s.Set(ctx, "k", value("new")))
			holds(t, s, "k", "new")
			damage()
			l, err := s.Lock(ctx, "k", time.Minute)
			must(t, err)
			must(t, l.Commit(ctx, value("computed")))
			holds(t, s, "k", "computed")
			damage()
			must(t, s.Clear(ctx, ""))
			if _, err := os.Stat(s.EntryPath("k")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("Clear of everything leaves it: %v", err)
			}
		})
	}
}

// What isn't ours stays as it is, whatever is done around it.
func TestForeignFiles(t *testing.T) {
	newer := encode(t, "newer", sample)
	newer[8] = 2 // the format
	for name, put := range map[string]func(t *testing.T, path string){
		"a newer format": func(t *testing.T, path string) { must(t, os.WriteFile(path, newer, 0o600)) },
		"a directory": func(t *testing.T, path string) {
			must(t, os.Mkdir(path, 0o700))
			must(t, os.WriteFile(filepath.Join(path, "file"), []byte("f"), 0o600))
		},
		"a link": func(t *testing.T, path string) {
			target := filepath.Join(t.TempDir(), "target")
			must(t, os.WriteFile(target, encode(t, "k", sample), 0o600))
			if err := os.Symlink(target, path); err != nil {
				t.Skip(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			s := open(t, t.TempDir(), nil)
			must(t, s.Set(ctx, "k", value("v")))
			must(t, s.Delete(ctx, "k"))
			put(t, s.EntryPath("k"))
			before, err := os.Lstat(s.EntryPath("k"))
			must(t, err)

			_, err = s.Get(ctx, "k")
			wantErr(t, "Get", err, backend.ErrForeign)
			wantErr(t, "Set", s.Set(ctx, "k", value("v")), backend.ErrForeign)
			l, err := s.Lock(ctx, "k", time.Minute)
			must(t, err)
			wantErr(t, "Commit", l.Commit(ctx, value("v")), backend.ErrForeign)
			must(t, l.Fail(ctx))
			must(t, s.Delete(ctx, "k"))
			must(t, s.Clear(ctx, "k"))
			must(t, s.Clear(ctx, ""))
			n, err := s.Cleanup(ctx, "")
			must(t, err)
			for info, err := range s.List(ctx, "") {
				t.Errorf("it is listed: %v, %v", info, err)
			}
			after, err := os.Lstat(s.EntryPath("k"))
			must(t, err)
			if n != 0 || !os.SameFile(before, after) || before.Mode() != after.Mode() || before.Size() != after.Size() {
				t.Errorf("it was touched: %v became %v", before, after)
			}
			if temps := left(t, s, "*.tmp"); len(temps) != 0 {
				t.Errorf("temporary files are left: %v", temps)
			}
		})
	}
}

// left are the files that match a pattern in any of a store's shards.
func left(t testing.TB, s *filebackend.Store, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Dir(), "v1", "*", pattern))
	must(t, err)
	return files
}

// Other people's files in the directory are nobody's business.
func TestOtherNames(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	must(t, s.Set(ctx, "k", value("v")))
	shard, old := s.ShardDir("k"), time.Now().Add(-1000*time.Hour)
	others := []string{
		filepath.Join(s.Dir(), "notes.txt"), filepath.Join(s.Dir(), "v1", "notes.txt"), filepath.Join(s.Dir(), "v1", "zz"),
		filepath.Join(shard, "notes.txt"), filepath.Join(shard, "notes.tmp"), filepath.Join(shard, "notes.entry"), filepath.Join(shard, "notes.lease"),
		filepath.Join(shard, "0123456789ABCDEF0123456789abcdef.entry"), filepath.Join(shard, "0123456789abcdef0123456789abcdef.entry.bak"),
		filepath.Join(shard, "0123456789abcdef0123456789abcdef.tmp"), filepath.Join(shard, "0123456789abcdef0123456789abcdef0.lease"),
	}
	for _, path := range others {
		must(t, os.WriteFile(path, []byte("mine"), 0o600))
		must(t, os.Chtimes(path, old, old))
	}
	_, err := s.BreakLocks(ctx, "")
	must(t, err)
	_, err = s.Cleanup(ctx, "")
	must(t, err)
	u, err := s.Size(ctx, "")
	must(t, err)
	if u.Entries != 1 {
		t.Errorf("Size counts %d entries, want 1", u.Entries)
	}
	must(t, s.Clear(ctx, ""))
	for _, path := range others {
		if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
}

// A damaged lease is no lease: nobody is kept waiting by it.
func TestDamagedLeases(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	for i, damage := range []func(b []byte) []byte{
		func(b []byte) []byte { return nil },
		func(b []byte) []byte { return b[:len(b)-1] },
		func(b []byte) []byte { b[20] ^= 1; return b },
		func(b []byte) []byte { return bytes.Repeat([]byte{0xff}, 5000) },
	} {
		l, err := s.Lock(ctx, "k", time.Hour)
		must(t, err)
		b, err := os.ReadFile(s.LeasePath("k"))
		must(t, err)
		must(t, os.WriteFile(s.LeasePath("k"), damage(b), 0o600))
		wantErr(t, "Commit", l.Commit(ctx, value("v")), backend.ErrLeaseLost)
		next, err := s.Lock(ctx, "k", time.Hour)
		if err != nil {
			t.Fatalf("damage %d: %v", i, err)
		}
		must(t, next.Release(ctx))
	}
}

// A lease from the future is one of a clock that was set back since.
func TestLeaseOfAWrongClock(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	must(t, s.Set(ctx, "k", value("v")))
	future := time.Now().Add(24 * time.Hour)
	must(t, os.WriteFile(s.LeasePath("k"), filebackend.EncodeRecord("00112233445566778899aabbccddeeff", "k",
		future, future.Add(time.Minute), time.Unix(0, 0), false), 0o600))
	l, err := s.Lock(ctx, "k", time.Minute)
	must(t, err)
	must(t, l.Release(ctx))
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access is in lists there")
	}
	ctx := t.Context()
	s := open(t, filepath.Join(t.TempDir(), "new", "cache"), nil)
	must(t, s.Set(ctx, "k", value("v")))
	_, err := s.Lock(ctx, "k", time.Minute)
	must(t, err)
	must(t, filepath.WalkDir(s.Dir(), func(path string, d os.DirEntry, err error) error {
		must(t, err)
		info, err := d.Info()
		must(t, err)
		if want := map[bool]os.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; info.Mode().Perm() != want {
			t.Errorf("%s has the mode %o, want %o", path, info.Mode().Perm(), want)
		}
		return nil
	}))
}
