package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

// What is no store is refused with one line that says the way out, and stays as
// it was.
func TestNoStore(t *testing.T) {
	dir := t.TempDir()
	db := file(t, "not.db", "once upon a time")
	empty := file(t, "empty.db", "")
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "none"))
	for _, tt := range []struct{ url, want string }{
		{dir, `"` + dir + `" is no store; want file:DIR, file: for the default directory, sqlite:FILE, postgres://USER@HOST/DATABASE, mysql://USER@HOST/DATABASE, mongodb://USER@HOST/DATABASE, redis://HOST, or s3://BUCKET/PREFIX; for a directory: file:` + dir},
		{"memcached://here", `"memcached://here" is of no kind that is known here; want file:DIR, `},
		{"memory:", "memory: is gone when its process ends; want file:DIR, "},
		{"sqlite:", `"sqlite:" names no file; want sqlite:FILE`},
		{"file://elsewhere/x", `"file://elsewhere/x" names the host elsewhere, but`},
		{"sqlite:x?mode=ro", `"sqlite:x?mode=ro" can't be read: only ?table=NAME may follow the file`},
		{"sqlite:" + empty + "?table=a-b", "sqlite:" + empty + "?table=a-b can't be opened: Options.Table "},
		{"file:", "file:" + filepath.Join(dir, "none", "cachier") + " isn't there: nothing was stored at that place yet, or the path is another one"},
		{"file:" + dir + "/x", "file:" + dir + "/x isn't there: "},
		{"file://" + dir, "file:" + dir + " is a directory, but no cache: it was not made by cachier"},
		{"file:" + db, "file:" + db + " is no directory; for a SQLite database use sqlite:" + db},
		{"sqlite:" + dir, "sqlite:" + dir + " is a directory; for a directory of entries use file:" + dir},
		{"sqlite:" + dir + "/x", "sqlite:" + dir + "/x isn't there: "},
		{"sqlite:" + db, "sqlite:" + db + " is no SQLite database: another file is meant, or it is damaged"},
		{"sqlite:" + empty, "sqlite:" + empty + " is a database without the tables of a cache (cachier_entries); for others use sqlite:FILE?table=NAME"},
		{"sqlite:" + empty + "?table=t", "sqlite:" + empty + "?table=t is a database without the tables of a cache named t"},
	} {
		for _, args := range [][]string{{"ls", tt.url}, {"size", tt.url}, {"clear", tt.url, "--all", "--yes"}, {"gc", tt.url}} {
			code, stdout, stderr := run(t, args...)
			if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "cachier: "+tt.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("%v: %d %s\ngot  %swant cachier: %s", args, code, stdout, stderr, tt.want)
			}
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v was made, %v", left, err)
	}
	if content, err := os.ReadFile(empty); err != nil || len(content) != 0 {
		t.Errorf("the empty file holds %q, %v", content, err)
	}
}

func TestDirectoryOpenToOthers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	create(t, "file:"+dir)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := run(t, "ls", "file:"+dir)
	if code != 2 || !strings.HasPrefix(stderr, "cachier: file:"+dir+" can't be opened: the directory "+dir+" may be written to by others") {
		t.Error(code, stderr)
	}
}

// A damaged database says what to do about it, wherever the damage is met.
func TestDamagedDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache.db")
	s, err := location.Location{Scheme: location.SQLite, Path: path}.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		put(t, s.Backend, stored("shop", "f", "1", strings.Repeat("k", i%100)+strings.Repeat("l", i/100)), 900, 0)
	}
	if err := s.Close(); err != nil { // puts the WAL in its place
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(content); i++ {
		content[i] = 0xa5
	}
	bad := filepath.Join(t.TempDir(), "bad.db")
	if err := os.WriteFile(bad, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"ls", "sqlite:" + bad}, {"size", "sqlite:" + bad}, {"clear", "sqlite:" + bad, "--all", "--yes"}, {"gc", "sqlite:" + bad}} {
		code, _, stderr := run(t, args...)
		if code != 2 || !strings.HasPrefix(stderr, "cachier: sqlite:"+bad+" is damaged (") ||
			!strings.HasSuffix(stderr, "delete the file, and those beside it that end in -wal and -shm: as a cache it is made anew\n") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: %d %s", args, code, stderr)
		}
	}
}

func TestDefaultDirectory(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	put(t, create(t, "file:"), stored("shop", "f", "1", "k"), 1, 0)
	if code, stdout, stderr := run(t, "clear", "file:", "f", "-y"); code != 0 || stdout != "Deleted 1 entry.\n" {
		t.Error(code, stdout, stderr)
	}
}
