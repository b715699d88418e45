package sqlbackend_test

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
)

func TestTableNames(t *testing.T) {
	db := open(t, ":memory:", 1)
	for _, name := range []string{"", "a", "_", "Cache_2", "order", "select", strings.Repeat("t", 48)} {
		b := over(t, db, &sqlbackend.Options{Table: name})
		if err := b.Set(t.Context(), "k", backend.Entry{Value: []byte(name)}); err != nil {
			t.Errorf("table %q: %v", name, err)
		}
	}
	for _, name := range []string{"2a", "a b", "a-b", `a"b`, "a;DROP TABLE x", "é", "a.b", "sqlite_cache", "SQLite_x", strings.Repeat("t", 49)} {
		if b, err := sqlbackend.New(db, &sqlbackend.Options{Table: name}); b != nil || err == nil || !strings.Contains(err.Error(), "Options.Table") {
			t.Errorf("table %q: %v", name, err)
		}
	}
}

// Two tables in one database share neither entries nor leases nor identity.
func TestTablesAreApart(t *testing.T) {
	db := open(t, ":memory:", 1)
	a := over(t, db, &sqlbackend.Options{Table: "a"})
	b := over(t, db, &sqlbackend.Options{Table: "b"})
	if err := a.Set(t.Context(), "k", backend.Entry{}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Lock(t.Context(), "l", 1e9); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(t.Context(), "k"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get from the other table: %v", err)
	}
	if _, err := b.Lock(t.Context(), "l", 1e9); err != nil {
		t.Errorf("Lock in the other table: %v", err)
	}
	if a.Identity() == b.Identity() {
		t.Errorf("both are %s", a.Identity())
	}
}

// foreign is a driver that no dialect is named after.
type foreign struct{ driver.Driver }

func (foreign) Open(string) (driver.Conn, error) { return nil, errors.New("not reached") }

func TestMistakes(t *testing.T) {
	sql.Register("foreign", foreign{})
	other, err := sql.Open("foreign", "")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lite := open(t, ":memory:", 1)
	for name, test := range map[string]struct {
		db   *sql.DB
		o    *sqlbackend.Options
		want string
	}{
		"no database":        {nil, nil, "nil"},
		"an unknown driver":  {other, nil, "Options.Dialect"},
		"an unknown dialect": {lite, &sqlbackend.Options{Dialect: 77}, "77"},
	} {
		if b, err := sqlbackend.New(test.db, test.o); b != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sqlbackend.New(other, &sqlbackend.Options{Dialect: sqlbackend.SQLite}); err != nil {
		t.Errorf("a driver that hides SQLite: %v", err)
	}
	for d, want := range map[sqlbackend.Dialect]string{sqlbackend.Detect: "detect", sqlbackend.SQLite: "sqlite", sqlbackend.PostgreSQL: "postgresql", sqlbackend.MySQL: "mysql", 77: "unknown"} {
		if d.String() != want {
			t.Errorf("dialect %d is %s, want %s", d, d, want)
		}
	}
}

// The dialect follows from the driver.
func TestDetection(t *testing.T) {
	for driver, dsn := range map[string]string{"pgx": "postgres://h/d", "postgres": "postgres://h/d", "mysql": "u@tcp(h)/d", "sqlite": ":memory:"} {
		db, err := sql.Open(driver, dsn)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sqlbackend.New(db, nil); err != nil {
			t.Errorf("%s: %v", driver, err)
		}
		_ = db.Close()
	}
}

// New asks nothing of the database, so that a program starts without it; the
// identity is known once the database is.
func TestUnreachable(t *testing.T) {
	dir := t.TempDir()
	db := open(t, "file:"+filepath.Join(dir, "no such directory", "cache.db"), 0)
	b := over(t, db, nil)
	if _, err := b.Get(t.Context(), "k"); err == nil || errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get: %v", err)
	}
	if id := b.Identity(); id != "" {
		t.Errorf("the identity is %q", id)
	}
}

// No key begins with what isn't UTF-8.
func TestPrefixesOfNoKey(t *testing.T) {
	ctx := t.Context()
	b := over(t, open(t, ":memory:", 1), nil)
	for _, key := range []string{"a", "b", "\U0010ffff"} {
		if err := b.Set(ctx, key, backend.Entry{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, prefix := range []string{"\xff", "\xff\xff", "a\xff", "\xf4\x8f\xbf\xbf\xff"} {
		if err := b.Clear(ctx, prefix); err != nil {
			t.Errorf("Clear(%q): %v", prefix, err)
		}
	}
	if u, err := b.Size(ctx, ""); u.Entries != 3 || err != nil {
		t.Errorf("what is left is %+v, %v", u, err)
	}
	if u, err := b.Size(ctx, "\U0010ffff"); u.Entries != 1 || err != nil {
		t.Errorf("under the last letter is %+v, %v", u, err)
	}
}

func TestProbe(t *testing.T) {
	b := over(t, open(t, ":memory:", 1), nil)
	if err := b.Set(t.Context(), "k", backend.Entry{}); err != nil {
		t.Fatal(err)
	}
	readings, err := b.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, r := range readings {
		if r.Help == "" || r.Unit == "" || r.Counter != strings.HasSuffix(r.Name, "_total") {
			t.Errorf("%+v", r)
		}
		found[r.Name] = r.Value
	}
	if found["pool_open_connections"] != 1 || found["pool_max_open_connections"] != 1 || len(found) != len(readings) {
		t.Errorf("got %v", found)
	}
	_ = b.Close()
	if _, err := b.Probe(t.Context()); !errors.Is(err, backend.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
