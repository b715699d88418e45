package sqlbackend_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"modernc.org/sqlite"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// everything calls every method that talks to the database, and returns the
// errors by name.
func everything(ctx context.Context, b *sqlbackend.Backend) map[string]error {
	errs := map[string]error{}
	_, errs["get"] = b.Get(ctx, "k")
	_, errs["get many"] = b.GetMany(ctx, []string{"k"})
	for _, err := range b.List(ctx, "") {
		errs["list"] = err
	}
	_, errs["size"] = b.Size(ctx, "")
	errs["set"] = b.Set(ctx, "k", backend.Entry{Value: []byte("v")})
	errs["delete"] = b.Delete(ctx, "k")
	_, errs["lock"] = b.Lock(ctx, "k", time.Minute)
	_, errs["break"] = b.BreakLocks(ctx, "")
	_, errs["cleanup"] = b.Cleanup(ctx, "")
	errs["clear"] = b.Clear(ctx, "")
	return errs
}

// writes are those that write even if there is nothing; a break of no locks
// doesn't.
var writes = []string{"set", "delete", "lock", "cleanup", "clear"}

func TestFull(t *testing.T) {
	ctx := t.Context()
	b := over(t, open(t, "file:"+filepath.Join(t.TempDir(), "cache.db")+recommended+"&_pragma=max_page_count(100)", 0), nil)
	fill(t, b)
	must(t, b.Clear(ctx, ""))
	must(t, b.Set(ctx, "again", backend.Entry{Value: make([]byte, 100_000)}))
}

// incompressible returns a value that takes as much room as it is long, and the
// same for the same seed.
func incompressible(seed, size int) []byte {
	value := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(value) // never an error
	return value
}

// fill stores until there is no room left, and looks at how that ends.
func fill(t testing.TB, b backend.Backend) {
	t.Helper()
	value := func(i int) []byte { return incompressible(i, 20_000) }
	must(t, b.Set(t.Context(), "old", backend.Entry{Value: []byte("old")}))
	for i := range 10_000 {
		err := b.Set(t.Context(), fmt.Sprint(i), backend.Entry{Value: value(i)})
		if err == nil {
			continue
		}
		if !errors.Is(err, backend.ErrFull) {
			t.Fatalf("Set into what is full: %v, want ErrFull", err)
		}
		if err := b.Set(t.Context(), "old", backend.Entry{Value: incompressible(i, 1<<20)}); !errors.Is(err, backend.ErrFull) {
			t.Errorf("Set again: %v, want ErrFull", err)
		}
		if e, err := b.Get(t.Context(), "old"); err != nil || string(e.Value) != "old" {
			t.Errorf("the old entry became %q, %v", e.Value, err)
		}
		if _, err := b.Get(t.Context(), fmt.Sprint(i)); !errors.Is(err, backend.ErrNotFound) {
			t.Errorf("what found no room: %v", err)
		}
		for j := range i {
			if e, err := b.Get(t.Context(), fmt.Sprint(j)); err != nil || !bytes.Equal(e.Value, value(j)) {
				t.Fatalf("entry %d of %d: %d bytes, %v", j, i, len(e.Value), err)
			}
		}
		return
	}
	t.Fatal("it was never full")
}

func TestTooLarge(t *testing.T) {
	db := open(t, ":memory:", 1)
	conn, err := db.Conn(t.Context())
	must(t, err)
	const lengthLimit = 0 // SQLITE_LIMIT_LENGTH
	_, err = sqlite.Limit(conn, lengthLimit, 100_000)
	must(t, err)
	must(t, conn.Close())
	b := over(t, db, nil)
	must(t, b.Set(t.Context(), "k", backend.Entry{Value: make([]byte, 50_000)}))
	if err := b.Set(t.Context(), "k", backend.Entry{Value: make([]byte, 200_000)}); !errors.Is(err, backend.ErrTooLarge) {
		t.Errorf("Set: %v, want ErrTooLarge", err)
	}
	if e, err := b.Get(t.Context(), "k"); err != nil || len(e.Value) != 50_000 {
		t.Errorf("the old entry became %d bytes, %v", len(e.Value), err)
	}
}

// A database that may only be read serves what is in it.
func TestReadOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cache.db")
	must(t, over(t, open(t, "file:"+file, 0), nil).Set(t.Context(), "k", backend.Entry{Value: []byte("v")}))
	b := over(t, open(t, "file:"+file+"?mode=ro", 0), nil)
	errs := everything(t.Context(), b)
	for _, op := range writes {
		if err := errs[op]; err == nil || !strings.Contains(err.Error(), "readonly") {
			t.Errorf("%s: %v", op, err)
		}
		delete(errs, op)
	}
	for op, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}

	empty := filepath.Join(t.TempDir(), "empty.db")
	must(t, os.WriteFile(empty, nil, 0o600))
	for op, err := range everything(t.Context(), over(t, open(t, "file:"+empty+"?mode=ro", 0), nil)) {
		if err == nil || errors.Is(err, backend.ErrNotFound) {
			t.Errorf("%s without tables: %v", op, err)
		}
	}
}

// What is no database, or only the beginning of one, is an error of every method
// and is left as it is; after it was removed a new one is made.
func TestCorruptFile(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	b := over(t, open(t, "file:"+whole, 0), nil)
	for i := range 200 {
		must(t, b.Set(t.Context(), fmt.Sprint(i), backend.Entry{Value: make([]byte, 1000)}))
	}
	content, err := os.ReadFile(whole)
	must(t, err)
	for name, bad := range map[string][]byte{
		"foreign": bytes.Repeat([]byte("not a database. "), 1000),
		"cut":     content[:len(content)/2+100],
		"zeroed":  append(bytes.Clone(content[:4096]), make([]byte, len(content)-4096)...),
	} {
		file := filepath.Join(dir, name)
		must(t, os.WriteFile(file, bad, 0o600))
		db := open(t, "file:"+file, 0)
		b := over(t, db, nil)
		failed := 0
		for i := range 200 {
			e, err := b.Get(t.Context(), fmt.Sprint(i))
			if err != nil {
				failed++
			} else if !bytes.Equal(e.Value, make([]byte, 1000)) {
				t.Errorf("%s: a wrong value", name)
			}
		}
		if failed == 0 {
			t.Errorf("%s: nothing failed", name)
		}
		must(t, db.Close())
		must(t, os.Remove(file))
		must(t, over(t, open(t, "file:"+file, 0), nil).Set(t.Context(), "k", backend.Entry{}))
	}
}

// Tables that vanish under a running program are made anew.
func TestTablesVanish(t *testing.T) {
	db := open(t, "file:"+filepath.Join(t.TempDir(), "cache.db")+recommended, 0)
	vanish(t, db, nil, "cachier_entries", "cachier_entries_leases", "cachier_entries_schema")
}

// vanish drops the tables before each kind of operation.
func vanish(t *testing.T, db *sql.DB, o *sqlbackend.Options, tables ...string) {
	t.Helper()
	b := over(t, db, o)
	must(t, b.Set(t.Context(), "k", backend.Entry{}))
	id := b.Identity()
	for _, op := range []func() error{
		func() error { _, err := b.Get(t.Context(), "k"); return err },
		func() error { return b.Set(t.Context(), "k", backend.Entry{}) },
		func() error { return b.Delete(t.Context(), "k") },
		func() error { return b.Clear(t.Context(), "") },
		func() error { _, err := b.Lock(t.Context(), "k", time.Minute); return err },
	} {
		for _, table := range tables {
			_, err := db.Exec("DROP TABLE " + table)
			must(t, err)
		}
		if err := op(); err != nil && !errors.Is(err, backend.ErrNotFound) {
			t.Error(err)
		}
	}
	if again := b.Identity(); again != id {
		t.Errorf("the identity became %s, it was %s", again, id)
	}
}

func TestForeignTables(t *testing.T) {
	for name, make := range map[string]string{
		"entries":          "CREATE TABLE cachier_entries (name TEXT); INSERT INTO cachier_entries VALUES ('mine')",
		"leases":           "CREATE TABLE cachier_entries_leases (name TEXT)",
		"a view":           "CREATE VIEW cachier_entries AS SELECT 1",
		"marker":           "CREATE TABLE cachier_entries_schema (name TEXT)",
		"an empty marker":  "CREATE TABLE cachier_entries_schema (version INTEGER, identity TEXT)",
		"a future version": "CREATE TABLE cachier_entries_schema (version INTEGER, identity TEXT); INSERT INTO cachier_entries_schema VALUES (2, 'x')",
	} {
		db := open(t, ":memory:", 1)
		_, err := db.Exec(make)
		must(t, err)
		before := schemaOf(t, db)
		for op, err := range everything(t.Context(), over(t, db, nil)) {
			if err == nil || errors.Is(err, backend.ErrNotFound) {
				t.Errorf("%s: %s: %v", name, op, err)
			} else if name == "a future version" && !strings.Contains(err.Error(), "version 2") || name == "entries" && !strings.Contains(err.Error(), "Options.Table") {
				t.Errorf("%s: %s: the error doesn't help: %v", name, op, err)
			}
		}
		if after := schemaOf(t, db); after != before {
			t.Errorf("%s: it was altered from %s to %s", name, before, after)
		}
	}
}

// schemaOf tells of all that is defined in a database.
func schemaOf(t *testing.T, db *sql.DB) (all string) {
	t.Helper()
	must(t, db.QueryRow("SELECT group_concat(sql, '; ') FROM sqlite_schema").Scan(&all))
	return all
}

func TestClosedDatabase(t *testing.T) {
	db := open(t, ":memory:", 1)
	b := over(t, db, nil)
	must(t, b.Set(t.Context(), "k", backend.Entry{}))
	must(t, db.Close())
	for op, err := range everything(t.Context(), b) {
		if err == nil || errors.Is(err, backend.ErrNotFound) || errors.Is(err, backend.ErrClosed) {
			t.Errorf("%s: %v", op, err)
		}
	}
	must(t, b.Close())
}
