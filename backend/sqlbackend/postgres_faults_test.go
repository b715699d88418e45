//go:build unix

package sqlbackend_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// fails fails the test unless every method that is called fails, and says what
// it is told.
func fails(t *testing.T, what string, errs map[string]error, says string) {
	t.Helper()
	for op, err := range errs {
		if err == nil || errors.Is(err, backend.ErrNotFound) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %s: %v", what, op, err)
		}
	}
}

// works fails the test if any method that is called fails.
func works(t *testing.T, what string, errs map[string]error) {
	t.Helper()
	for op, err := range errs {
		if err != nil && !errors.Is(err, backend.ErrNotFound) {
			t.Errorf("%s: %s: %v", what, op, err)
		}
	}
}

// What a database can be like, on one server.
func TestPostgreSQLFaults(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	for name, test := range map[string]func(t *testing.T, s *server){
		"tables vanish": tablesVanish, "foreign tables": foreignTables, "read-only": readOnly, "rights": rights,
		"few connections": fewConnections, "a wrong password": wrongPassword, "a closed pool": closedPool,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

func tablesVanish(t *testing.T, s *server) {
	o := s.table()
	b := over(t, s.open(t, "", 5), o)
	works(t, "at first", everything(t.Context(), b))
	id := b.Identity()
	for range 3 {
		s.exec(t, "DROP TABLE "+o.Table, "DROP TABLE "+o.Table+"_schema")
		works(t, "without tables", everything(t.Context(), b))
	}
	if again := b.Identity(); again != id {
		t.Errorf("the identity became %s, it was %s", again, id)
	}
}

func foreignTables(t *testing.T, s *server) {
	for name, texts := range map[string][]string{
		"Options.Table": {"CREATE TABLE {} (name text)", "INSERT INTO {} VALUES ('mine')"},
		"no version":    {"CREATE TABLE {}_schema (version bigint, identity text)"},
		"version 2":     {"CREATE TABLE {}_schema (version bigint, identity text)", "INSERT INTO {}_schema VALUES (2, 'x')"},
		"column":        {"CREATE TABLE {}_schema (name text)"},
	} {
		o := s.table()
		for _, text := range texts {
			s.exec(t, strings.ReplaceAll(text, "{}", o.Table))
		}
		db := s.open(t, "", 2)
		tables := func() (all string) {
			must(t, db.QueryRow("SELECT string_agg(table_name || '.' || column_name, ' ') FROM information_schema.columns"+
				" WHERE table_name IN (CAST($1 AS text), CAST($1 AS text) || '_schema')", o.Table).Scan(&all))
			return all
		}
		before := tables()
		fails(t, name, everything(t.Context(), over(t, db, o)), name)
		if after := tables(); after != before {
			t.Errorf("%s: it was altered from %s to %s", name, before, after)
		}
	}
}

// A server or a role that may only read serves what is there.
func readOnly(t *testing.T, s *server) {
	const parameter = "&default_transaction_read_only=on"
	o := s.table()
	fails(t, "without tables", everything(t.Context(), over(t, s.open(t, parameter, 2), o)), "read-only")
	must(t, over(t, s.open(t, "", 2), o).Set(t.Context(), "k", backend.Entry{Value: []byte("v")}))
	readsOnly(t, over(t, s.open(t, parameter, 2), o), "read-only")
}

func readsOnly(t *testing.T, b *sqlbackend.Backend, says string) {
	t.Helper()
	errs := everything(t.Context(), b)
	for _, op := range writes {
		fails(t, "a write", map[string]error{op: errs[op]}, says)
		delete(errs, op)
	}
	for op, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
}

func rights(t *testing.T, s *server) {
	o := s.table()
	must(t, over(t, s.open(t, "", 2), o).Set(t.Context(), "k", backend.Entry{}))
	s.exec(t, "CREATE ROLE reader LOGIN", "CREATE ROLE writer LOGIN",
		"GRANT SELECT ON "+o.Table+", "+o.Table+"_schema TO reader", "GRANT SELECT ON "+o.Table+"_schema TO writer",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON "+o.Table+" TO writer")
	readsOnly(t, over(t, s.open(t, "&user=reader", 2), o), "permission denied")
	works(t, "with the tables there", everything(t.Context(), over(t, s.open(t, "&user=writer", 2), o)))
	fails(t, "without", everything(t.Context(), over(t, s.open(t, "&user=writer", 2), s.table())), "permission denied")
}

// A server that takes no more connections is waited for.
func fewConnections(t *testing.T, s *server) {
	o := s.table()
	must(t, over(t, s.open(t, "", 1), o).Set(t.Context(), "k", backend.Entry{}))
	s.exec(t, "CREATE ROLE limited LOGIN CONNECTION LIMIT 2", "GRANT ALL ON "+o.Table+", "+o.Table+"_schema TO limited")
	b := over(t, s.open(t, "&user=limited", 0), o)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				if _, err := b.Get(t.Context(), "k"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// No error tells the password, right or wrong.
func wrongPassword(t *testing.T, s *server) {
	var hba string
	must(t, s.open(t, "", 1).QueryRow("SHOW hba_file").Scan(&hba))
	s.exec(t, "CREATE ROLE secretive LOGIN PASSWORD 'the right one'",
		"COPY (VALUES ('host all secretive all scram-sha-256'), ('host all all all trust')) TO '"+hba+"'", "SELECT pg_reload_conf()")
	testserver.Eventually(t, "a password is asked for", func() error {
		db := s.open(t, "&user=secretive", 1)
		defer func() { _ = db.Close() }()
		if db.Ping() == nil {
			return errors.New("it is not")
		}
		return nil
	})
	errs := everything(t.Context(), over(t, s.open(t, "&user=secretive&password=hunter2", 1), s.table()))
	fails(t, "a wrong password", errs, "password authentication failed")
	for op, err := range errs {
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s tells the password: %v", op, err)
		}
	}
	nowhere := &server{Postgres: &testserver.Postgres{URL: strings.Replace(s.URL, s.Addr, testserver.FreeAddr(t), 1)}, driver: s.driver}
	b := over(t, nowhere.open(t, "&password=hunter2", 1), nil)
	if _, err := b.Get(t.Context(), "k"); err == nil || strings.Contains(err.Error(), "hunter2") || errors.Is(err, backend.ErrNotFound) {
		t.Errorf("nobody there: %v", err)
	}
	if id := b.Identity(); id != "" {
		t.Errorf("nobody there: the identity is %q", id)
	}
}

func closedPool(t *testing.T, s *server) {
	db := s.open(t, "", 2)
	b := over(t, db, s.table())
	must(t, b.Set(t.Context(), "k", backend.Entry{}))
	must(t, db.Close())
	fails(t, "closed", everything(t.Context(), b), "closed")
	must(t, b.Close())
}

// A server that goes away is an error for as long as it is away; the same
// Backend then goes on with what was stored.
func TestPostgreSQLRestarts(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	b := over(t, s.open(t, "", 4), nil)
	must(t, b.Set(t.Context(), "kept", backend.Entry{Value: []byte("v")}))
	for name, end := range map[string]func(){
		"stopped": func() { s.Stop() },
		"killed":  func() { s.exec(t, "CHECKPOINT"); s.Kill() }, // its log isn't waited for
	} {
		end()
		fails(t, name, everything(t.Context(), b), "")
		s.Restart(t)
		if e, err := b.Get(t.Context(), "kept"); err != nil || string(e.Value) != "v" {
			t.Errorf("%s: it became %q, %v", name, e.Value, err)
		}
		must(t, b.Set(t.Context(), name, backend.Entry{}))
	}
}

// A server that answers nothing holds nobody up for longer than the context
// says, and Close not for long.
func TestPostgreSQLFrozen(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	db := s.open(t, "", 4)
	b := over(t, db, nil)
	works(t, "at first", everything(t.Context(), b))
	s.Freeze(t)
	for range 8 { // more than there are connections
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		start := time.Now()
		_, err := b.Get(ctx, "k")
		cancel()
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 10*time.Second {
			t.Errorf("Get: %v after %v", err, took)
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- b.Close() }()
	select {
	case <-closed:
	case <-time.After(30 * time.Second):
		t.Error("Close waits")
	}
	s.Thaw(t)
	works(t, "thawed", everything(t.Context(), over(t, db, nil)))
}
