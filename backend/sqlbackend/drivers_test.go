//go:build unix

package sqlbackend_test

import (
	"bytes"
	"database/sql"
	"errors"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// The other ways in which PostgreSQL is talked to.
func TestPostgreSQLDrivers(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	unprepared(t, s.table(), s.open(t, "&default_query_exec_mode=exec", 0))
	pq := &server{Postgres: s.Postgres, driver: "postgres"}
	unprepared(t, s.table(), pq.open(t, "", 0))
	works(t, "lib/pq", everything(t.Context(), over(t, pq.open(t, "", 0), s.table())))
	excludeEachOther(t, s.driver, s.URL+"&default_transaction_isolation=serializable", "counted")
}

// unprepared goes through everything without prepared statements.
func unprepared(t *testing.T, o *sqlbackend.Options, db *sql.DB) {
	t.Helper()
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
