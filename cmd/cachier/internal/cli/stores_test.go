package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/cmd/cachier/internal/cli"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
	"github.com/cachier-go/cachier/internal/keyform"
)

// kinds are the stores that every test here goes through.
var kinds = map[string]string{"file": "cache", "sqlite": "cache.db"}

// eachKind runs a test on an empty store of every kind.
func eachKind(t *testing.T, test func(t *testing.T, url string, b backend.Backend)) {
	t.Helper()
	for kind, name := range kinds {
		t.Run(kind, func(t *testing.T) {
			url := kind + ":" + filepath.Join(t.TempDir(), name)
			test(t, url, create(t, url))
		})
	}
}

func create(t *testing.T, url string) backend.Backend {
	t.Helper()
	l, err := location.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.Backend
}

// put stores a value of two hours' age, for so long; 0: for ever.
func put(t *testing.T, b backend.Backend, key string, size int, lasts time.Duration) {
	t.Helper()
	now := time.Now()
	e := backend.Entry{Value: make([]byte, size), Created: now.Add(-125*time.Minute - 30*time.Second)}
	if lasts != 0 {
		e.Expires = now.Add(lasts + 30*time.Second)
	}
	if err := b.Set(t.Context(), key, e); err != nil {
		t.Fatal(err)
	}
}

func stored(namespace, name, version, key string) string {
	return keyform.Stored(namespace, name, version, []byte(key))
}

// fill stores entries of three functions, and three that are nobody's.
func fill(t *testing.T, b backend.Backend) {
	t.Helper()
	put(t, b, stored("shop", "users.fetch", "v1", "42"), 10, 0)
	put(t, b, stored("shop", "users.fetch", "v2", "42"), 2000, 3*time.Hour+10*time.Minute)
	put(t, b, stored("shop", "users.fetch", "v2", "43"), 30, -time.Hour)
	put(t, b, stored("shop", "users.count", "v1", strings.Repeat("x", 300)), 5, 0)
	put(t, b, stored("blog", "page", "v1", "a b"), 100, -time.Hour)
	put(t, b, "somebody:else", 7, 0)
	put(t, b, "c1:2:v9", 7, 0)
	put(t, b, "c1:1:x", 3, -time.Hour)
}

// keys are all that the store holds.
func keys(t *testing.T, b backend.Backend) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for info, err := range b.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all[info.Key] = true
	}
	return all
}

func expect(t *testing.T, code int, stdout, stderr string, wantCode int, wantOut string) {
	t.Helper()
	if code != wantCode || stdout != wantOut {
		t.Errorf("ended with %d, want %d; %s\ngot:\n%s\nwant:\n%s", code, wantCode, stderr, stdout, wantOut)
	}
}

func TestSize(t *testing.T) {
	eachKind(t, func(t *testing.T, url string, b backend.Backend) {
		fill(t, b)
		code, stdout, stderr := run(t, "size", url)
		expect(t, code, stdout, stderr, 0, `namespace  function     versions  entries      size  expired  oldest  newest
blog       page                1        1     100 B        1   2h05m   2h05m
shop       users.count         1        1       5 B        0   2h05m   2h05m
shop       users.fetch         2        3  1.99 KiB        1   2h05m   2h05m
all                                     5  2.09 KiB        2   2h05m   2h05m
Beside these there are 3 entries that no cached function made.
`)
		code, stdout, stderr = run(t, "size", url, "users.c*", "--namespace", "sh*")
		expect(t, code, stdout, stderr, 0, `namespace  function     versions  entries  size  expired  oldest  newest
shop       users.count         1        1   5 B        0   2h05m   2h05m
Beside these there are 3 entries that no cached function made.
`)
		var report struct {
			Complete  bool
			Store     string
			Functions []struct {
				Namespace, Function string
				Entries, Bytes      int64
			}
			Total  struct{ Entries, Bytes, Expired int64 }
			Others struct{ Entries, Bytes int64 }
		}
		_, stdout, _ = run(t, "size", url, "--json")
		if err := json.Unmarshal([]byte(stdout), &report); err != nil {
			t.Fatal(err)
		}
		if !report.Complete || report.Store != url || len(report.Functions) != 3 || report.Functions[2].Bytes != 2040 ||
			report.Total.Entries != 5 || report.Total.Bytes != 2145 || report.Total.Expired != 2 || report.Others.Entries != 3 || report.Others.Bytes != 17 {
			t.Errorf("%+v", report)
		}
	})
}

func TestSizeOfNothing(t *testing.T) {
	eachKind(t, func(t *testing.T, url string, _ backend.Backend) {
		for _, args := range [][]string{{"ls", url, "x"}, {"size", url, "x"}} {
			code, stdout, stderr := run(t, args...)
			expect(t, code, stdout, stderr, 0, "No entries of x.\n")
		}
		code, stdout, stderr := run(t, "clear", url, "x", "--yes")
		expect(t, code, stdout, stderr, 0, "Nothing to delete: no entries of x.\n")
		code, stdout, stderr = run(t, "gc", url)
		expect(t, code, stdout, stderr, 0, "Removed 0 expired entries.\n")
	})
}

func TestLs(t *testing.T) {
	eachKind(t, func(t *testing.T, url string, b backend.Backend) {
		fill(t, b)
		code, stdout, stderr := run(t, "ls", url, "users.count")
		expect(t, code, stdout, stderr, 0, `SIZE    AGE  EXPIRES IN  NAMESPACE  FUNCTION     VERSION  KEY
 5 B  2h05m       never  shop       users.count  v1       #0d4e2ca9e9cb…
`)
		code, stdout, stderr = run(t, "ls", url, "--namespace", "blog")
		expect(t, code, stdout, stderr, 0, ` SIZE    AGE  EXPIRES IN  NAMESPACE  FUNCTION  VERSION  KEY
100 B  2h05m     expired  blog       page      v1       a b
`)
		_, stdout, _ = run(t, "ls", url)
		if n := strings.Count(stdout, "\n"); n != 6 || !strings.Contains(stdout, "1.95 KiB  2h05m       3h10m  shop       users.fetch  v2       42\n") {
			t.Errorf("%d lines:\n%s", n, stdout)
		}
		_, stdout, _ = run(t, "ls", url, "--limit", "2")
		if n := strings.Count(stdout, "\n"); n != 4 || !strings.HasSuffix(stdout, "\nThese are the first 2; there are more.\n") {
			t.Errorf("%d lines:\n%s", n, stdout)
		}
	})
}

func TestLsJSON(t *testing.T) {
	eachKind(t, func(t *testing.T, url string, b backend.Backend) {
		fill(t, b)
		code, stdout, _ := run(t, "ls", url, "--json", "users.*")
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		if code != 0 || len(lines) != 4 {
			t.Fatalf("%d, %d lines:\n%s", code, len(lines), stdout)
		}
		hashed, expired := 0, 0
		for _, line := range lines {
			var e struct {
				Namespace, Function, Version string
				Key                          *string
				Hash                         *string `json:"key_sha256"`
				Size                         int64
				Created                      time.Time
				Age                          float64
				Expires                      *time.Time
				Expired                      bool
			}
			decoder := json.NewDecoder(strings.NewReader(line))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(&e); err != nil {
				t.Fatal(err)
			}
			if (e.Key == nil) == (e.Hash == nil) || e.Namespace != "shop" || e.Age < 7530 || e.Created.IsZero() {
				t.Error(line)
			}
			if e.Hash != nil {
				hashed++
			}
			if e.Expired {
				expired++
			}
		}
		if hashed != 1 || expired != 1 {
			t.Errorf("%d hashed, %d expired:\n%s", hashed, expired, stdout)
		}
	})
}

// files are all files below a directory with what they contain, and how often
// nothing of that may change.
func files(t *testing.T, url string) map[string]string {
	t.Helper()
	all := map[string]string{}
	_, path, _ := strings.Cut(url, ":")
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		all[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDryRuns(t *testing.T) {
	eachKind(t, func(t *testing.T, url string, b backend.Backend) {
		fill(t, b)
		before, entries := files(t, url), keys(t, b)
		code, stdout, stderr := run(t, "clear", url, "users.*", "--dry-run")
		expect(t, code, stdout, stderr, 0, `namespace  function     versions  entries      size  expired  oldest  newest
shop       users.count         1        1       5 B        0   2h05m   2h05m
shop       users.fetch         2        3  1.99 KiB        1   2h05m   2h05m
all                                     4  2.00 KiB        1   2h05m   2h05m
Would delete 4 entries. Nothing was deleted.
Beside these there are 3 entries that no cached function made.
`)
		code, stdout, stderr = run(t, "gc", url, "--dry-run")
		expect(t, code, stdout, stderr, 0, "Would remove 3 expired entries of 8, and what dead processes may have left behind. Nothing was removed.\n")
		for _, args := range [][]string{
			{"clear", url, "--all", "--dry-run", "--yes"},
			{"clear", url, "--all", "--dry-run", "--json"},
			{"gc", url, "--dry-run", "--json"},
		} {
			code, stdout, stderr := run(t, args...)
			if code != 0 || strings.Contains(strings.Join(args, " "), "json") != strings.Contains(stdout, `"dry_run": true`) {
				t.Error(code, stdout, stderr)
			}
		}
		for name, content := range files(t, url) {
			if before[name] != content {
				t.Errorf("%s has changed", name)
			}
		}
		if after := keys(t, b); len(after) != len(entries) {
			t.Errorf("%v are left of %v", after, entries)
		}
	})
}

func TestClearOne(t *testing.T) {
	eachKind(t, func(t *testing.T, url string, b backend.Backend) {
		fill(t, b)
		_, path, _ := strings.Cut(url, ":")
		foreign := []string{path + ".foreign"}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			foreign = append(foreign, filepath.Join(path, "mine.txt"), filepath.Join(path, "v1", "mine.entry"), filepath.Join(path, "v1", "00", "mine.tmp"))
		}
		for _, name := range foreign {
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		lease, err := b.(backend.Locker).Lock(t.Context(), stored("shop", "users.fetch", "v1", "44"), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := run(t, "clear", url, "users.fetch", "--yes")
		expect(t, code, stdout, stderr, 0, "Deleted 3 entries.\n")
		left := keys(t, b)
		if len(left) != 5 || !left[stored("blog", "page", "v1", "a b")] || !left["somebody:else"] || !left["c1:2:v9"] {
			t.Errorf("left: %v", left)
		}
		if err := lease.Commit(t.Context(), backend.Entry{}); err == nil {
			t.Error("a computation that was begun before could store its result")
		}
		code, stdout, stderr = run(t, "gc", url)
		expect(t, code, stdout, stderr, 0, "Removed 2 expired entries.\n")
		code, stdout, stderr = run(t, "clear", url, "--all", "--yes")
		expect(t, code, stdout, stderr, 0, "Deleted 1 entry.\n")
		if left := keys(t, b); len(left) != 2 || !left["somebody:else"] || !left["c1:2:v9"] {
			t.Errorf("left: %v", left)
		}
		for _, name := range foreign {
			if content, err := os.ReadFile(name); string(content) != "mine" {
				t.Errorf("%s: %q, %v", name, content, err)
			}
		}
	})
}

func TestClearAmbiguous(t *testing.T) {
	eachKind(t, func(t *testing.T, url string, b backend.Backend) {
		for _, namespace := range []string{"a", "b", "c"} {
			put(t, b, stored(namespace, "f", "1", "k"), 1, 0)
		}
		code, stdout, stderr := run(t, "clear", url, "f", "--yes")
		if code != 2 || stdout != "" || stderr != "cachier: clear: f is in 3 namespaces (a, b, c): choose with --namespace, which may be '*'\n" {
			t.Error(code, stdout, stderr)
		}
		code, stdout, stderr = run(t, "clear", url, "f", "--yes", "--namespace=b")
		expect(t, code, stdout, stderr, 0, "Deleted 1 entry.\n")
		code, stdout, stderr = run(t, "clear", url, "f", "--yes", "--namespace=*", "--json")
		if code != 0 || !strings.Contains(stdout, `"deleted": 2`) || len(keys(t, b)) != 0 {
			t.Error(code, stdout, stderr)
		}
	})
}

func TestClearAsks(t *testing.T) {
	eachKind(t, func(t *testing.T, url string, b backend.Backend) {
		put(t, b, stored("shop", "f", "1", "k"), 1, 0)
		for _, tt := range []struct {
			answer string
			code   int
			left   int
			stdout string
			stderr string // its last line, without the question
		}{
			{"", 2, 1, "", "cachier: clear: nobody is there to be asked: give --yes, or --dry-run to see what it would do; nothing was deleted"},
			{"\n", 1, 1, "", "cachier: nothing was deleted, as nobody said yes"},
			{"no\n", 1, 1, "", "cachier: nothing was deleted, as nobody said yes"},
			{" YES\n", 0, 0, "Deleted 1 entry.\n", ""},
		} {
			var out, errs bytes.Buffer
			code := cli.Run(t.Context(), []string{"clear", url, "--all"}, strings.NewReader(tt.answer), &out, &errs)
			question := "Delete 1 entry from " + url + "? [y/N] "
			if code != tt.code || out.String() != tt.stdout || len(keys(t, b)) != tt.left ||
				!strings.Contains(errs.String(), "\nshop       f                1        1   1 B ") ||
				!strings.Contains(errs.String(), question) || !strings.HasSuffix(strings.TrimSpace(errs.String()), strings.TrimSpace(tt.stderr)) {
				t.Errorf("%q: %d\n%s%s", tt.answer, code, &out, &errs)
			}
		}
	})
}

// Ctrl-C before something is done says so.
func TestInterrupted(t *testing.T) {
	eachKind(t, func(t *testing.T, url string, b backend.Backend) {
		fill(t, b)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for _, args := range [][]string{{"ls", url}, {"size", url}, {"clear", url, "--all", "--yes"}, {"gc", url}} {
			var out, errs bytes.Buffer
			code := cli.Run(ended, args, strings.NewReader(""), &out, &errs)
			if code != 130 || !strings.HasPrefix(out.String()+errs.String(), "Interrupted") {
				t.Errorf("%v: %d\n%s%s", args, code, &out, &errs)
			}
		}
		if n := len(keys(t, b)); n != 8 {
			t.Errorf("%d entries are left", n)
		}

		// While it asks.
		ctx, cancel := context.WithCancel(t.Context())
		in, answer := io.Pipe()
		defer func() { _ = answer.Close() }()
		errs := &canceller{at: "[y/N]", cancel: cancel}
		if code := cli.Run(ctx, []string{"clear", url, "--all"}, in, io.Discard, errs); code != 130 || !strings.HasSuffix(errs.String(), "\nInterrupted: nothing was deleted.\n") {
			t.Error(code, errs)
		}
	})
}

// canceller cancels when a text is written.
type canceller struct {
	bytes.Buffer
	at     string
	cancel func()
}

func (c *canceller) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.at) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}
