package sqlbackend_test

import (
	"bytes"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

func startPostgres(t testing.TB, args ...string) *server {
	t.Helper()
	p := testserver.StartPostgres(t, args...)
	return &server{driver: "pgx", dsn: p.URL, query: "&", stop: p.Stop, again: p.Restart}
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	db := s.open(t, "")
	exec := func(t *testing.T, texts ...string) {
		for _, text := range texts {
			_, err := db.Exec(text)
			must(t, err)
		}
	}
	t.Run("conformance", func(t *testing.T) { s.conform(t) })
	t.Run("clocks apart", func(t *testing.T) {
		for schema, minutes := range map[string]string{"ahead": "5", "behind": "-5"} {
			exec(t, "CREATE SCHEMA "+schema, "CREATE FUNCTION "+schema+".clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql"+
				" AS $$ SELECT pg_catalog.clock_timestamp() + interval '"+minutes+" minutes' $$")
			s.clocksApart(t, s.open(t, "search_path="+schema+",pg_catalog"))
		}
	})
	t.Run("tables vanish", s.vanish)
	t.Run("foreign tables", s.foreign)
	t.Run("read-only", func(t *testing.T) { s.readOnly(t, "default_transaction_read_only=on") })
	t.Run("few connections", func(t *testing.T) {
		exec(t, "CREATE ROLE few LOGIN CONNECTION LIMIT 3", "GRANT ALL ON SCHEMA public TO few")
		s.fewConnections(t, strings.Replace(s.dsn, "postgres@", "few@", 1))
	})
	t.Run("secrets", func(t *testing.T) {
		with := strings.Replace(s.dsn, "postgres@", "postgres:s3cret@", 1)
		s.secrets(t, strings.Replace(with, "/postgres?", "/missing?", 1), "postgres://u:s3cret@127.0.0.1:1/x")
	})
	t.Run("large", func(t *testing.T) { s.large(t, 10<<20) })
	t.Run("processes", func(t *testing.T) { excludeEachOther(t, s.driver, s.dsn, "counted") })
	t.Run("killed writers", func(t *testing.T) {
		killWriters(t, db, s.driver, s.dsn, int(number(t, "CACHIER_TEST_KILLS", 20)))
		if n := rowsOf(t, db, "cachier_entries"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})

	// As behind a pooler that knows no prepared statements.
	for name, parameters := range map[string]string{
		"simple protocol": "default_query_exec_mode=simple_protocol",
		"exec":            "default_query_exec_mode=exec",
	} {
		t.Run(name, func(t *testing.T) { s.unprepared(t, s.open(t, parameters)) })
	}
	t.Run("lib/pq", func(t *testing.T) {
		pq := &server{driver: "postgres", dsn: s.dsn}
		s.unprepared(t, pq.open(t, ""))
		must(t, over(t, pq.open(t, ""), s.table()).Set(t.Context(), "k", backend.Entry{}))
	})
	t.Run("serializable", func(t *testing.T) {
		excludeEachOther(t, s.driver, s.with("default_transaction_isolation=serializable"), "counted_again")
	})
	t.Run("restart", s.restart)
}

// unprepared goes through everything without prepared statements.
func (s *server) unprepared(t *testing.T, db *sql.DB) {
	o := s.table()
	o.Unprepared = true
	b := over(t, db, o)
	e := backend.Entry{Value: []byte{0, '\\', '\'', 0xff}, Meta: []byte{0xfe, 0}, Created: time.Now(), Expires: time.Now().Add(time.Hour), Cost: time.Second}
	l, err := b.Lock(t.Context(), "k", time.Minute)
	must(t, err)
	if _, err := b.Lock(t.Context(), "k", time.Minute); !errors.Is(err, backend.ErrHeld) {
		t.Error(err)
	}
	must(t, l.Extend(t.Context(), time.Hour))
	must(t, l.Commit(t.Context(), e))
	got, err := b.Get(t.Context(), "k")
	must(t, err)
	if !bytes.Equal(got.Value, e.Value) || !bytes.Equal(got.Meta, e.Meta) || got.Cost != e.Cost || got.Expires.Sub(e.Expires).Abs() > clockError {
		t.Errorf("%+v came back as %+v", e, got)
	}
	if many, err := b.GetMany(t.Context(), []string{"k", "other"}); err != nil || len(many) != 1 {
		t.Errorf("%v, %v", many, err)
	}
	for op, err := range everything(t.Context(), b) {
		if err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
}
