package sqlbackend_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// server is a database that answers over the network, for one test.
type server struct {
	driver string
	dsn    string
	query  string // begins the parameters of a data source
	stop   func()
	again  func(t testing.TB)
	tables atomic.Int64 // how many names of tables were given out
}

// clockError is how late a time comes back, on a busy machine.
const clockError = 500 * time.Millisecond

// open returns a pool of connections that the test closes, with parameters
// added to the data source.
func (s *server) open(t testing.TB, parameters string) *sql.DB {
	t.Helper()
	return s.openAt(t, s.with(parameters))
}

func (s *server) with(parameters string) string {
	if parameters == "" {
		return s.dsn
	}
	return s.dsn + s.query + parameters
}

func (s *server) openAt(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(s.driver, dsn)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	return db
}

// table returns the options of a backend with tables of its own.
func (s *server) table() *sqlbackend.Options {
	return &sqlbackend.Options{Table: fmt.Sprintf("t%d", s.tables.Add(1))}
}

// conform runs the suite, each store by two pools as if by two processes.
func (s *server) conform(t *testing.T) {
	one, two := s.open(t, ""), s.open(t, "")
	options := map[backend.Backend]*sqlbackend.Options{}
	backendtest.Run(t, backendtest.Harness{
		New: func(t testing.TB) backend.Backend {
			o := s.table()
			b := over(t, one, o)
			options[b] = o
			return b
		},
		Another:    func(t testing.TB, b backend.Backend) backend.Backend { return over(t, two, options[b]) },
		ClockError: clockError,
		Large:      100_000, // sending more takes longer than a clock may be off
		TooLarge:   1 << 30,
	})
}

// clocksApart goes through all that has to do with time, on a connection where
// the database's clock is minutes off the host's: nobody notices.
func (s *server) clocksApart(t *testing.T, db *sql.DB) {
	t.Helper()
	ctx := t.Context()
	b := over(t, db, s.table())
	now := time.Now()
	near := func(what string, got, want time.Time) {
		t.Helper()
		if got.Sub(want).Abs() > clockError {
			t.Errorf("%s is %v off", what, got.Sub(want))
		}
	}
	e := backend.Entry{Value: []byte("v"), Created: now.Add(-time.Hour), Expires: now.Add(time.Minute)}
	must(t, b.Set(ctx, "k", e))
	must(t, b.Set(ctx, "over", backend.Entry{Created: now.Add(-time.Hour), Expires: now.Add(-time.Minute)}))
	if n, err := b.Cleanup(ctx, ""); n != 1 || err != nil {
		t.Errorf("cleaned up %d, %v", n, err)
	}
	got, err := b.Get(ctx, "k")
	must(t, err)
	near("Created", got.Created, e.Created)
	near("Expires", got.Expires, e.Expires)
	many, err := b.GetMany(ctx, []string{"k"})
	must(t, err)
	near("Created of many", many["k"].Created, e.Created)
	for info, err := range b.List(ctx, "") {
		must(t, err)
		near("listed Expires", info.Expires, e.Expires)
	}
	l, err := b.Lock(ctx, "k", time.Minute)
	must(t, err)
	_, err = b.Lock(ctx, "k", time.Minute)
	held, ok := errors.AsType[*backend.HeldError](err)
	if !ok {
		t.Fatal(err)
	}
	near("Since", held.Holder.Since, now)
	near("the lease's Expires", held.Holder.Expires, now.Add(time.Minute))
	must(t, l.Commit(ctx, e))
	got, err = b.Get(ctx, "k")
	must(t, err)
	near("committed Created", got.Created, e.Created)
}

// vanish drops the tables under a running program, which makes them anew.
func (s *server) vanish(t *testing.T) {
	db := s.open(t, "")
	o := s.table()
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
		for _, table := range []string{o.Table, o.Table + "_schema"} {
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

// foreign puts something else in the place of the tables, which is an error of
// every method and is left alone.
func (s *server) foreign(t *testing.T) {
	db := s.open(t, "")
	for name, make := range map[string][]string{
		"entries":          {"CREATE TABLE %[1]s (name int)", "INSERT INTO %[1]s VALUES (7)"},
		"a view":           {"CREATE VIEW %[1]s AS SELECT 7 AS name"},
		"marker":           {"CREATE TABLE %[1]s_schema (name int)"},
		"an empty marker":  {"CREATE TABLE %[1]s_schema (version int, identity varchar(10))"},
		"a future version": {"CREATE TABLE %[1]s_schema (version int, identity varchar(10))", "INSERT INTO %[1]s_schema VALUES (2, 'x')"},
	} {
		o := s.table()
		for _, text := range make {
			_, err := db.Exec(fmt.Sprintf(text, o.Table))
			must(t, err)
		}
		for op, err := range everything(t.Context(), over(t, db, o)) {
			switch {
			case err == nil || errors.Is(err, backend.ErrNotFound):
				t.Errorf("%s: %s: %v", name, op, err)
			case name == "a future version" && !strings.Contains(err.Error(), "version 2"),
				(name == "entries" || name == "a view") && !strings.Contains(err.Error(), "Options.Table"):
				t.Errorf("%s: %s: the error doesn't help: %v", name, op, err)
			}
		}
		var n int
		if name == "entries" || name == "a view" {
			must(t, db.QueryRow("SELECT sum(name) FROM "+o.Table).Scan(&n))
			if err := db.QueryRow("SELECT count(*) FROM " + o.Table + "_schema").Scan(&n); err == nil {
				t.Errorf("%s: a marker was made", name)
			}
		} else if err := db.QueryRow("SELECT count(*) FROM " + o.Table).Scan(&n); err == nil && name != "an empty marker" {
			t.Errorf("%s: entries were made", name)
		}
	}
}

// readOnly opens the database so that it may only be read, which serves what is
// in it.
func (s *server) readOnly(t *testing.T, parameters string) {
	o := s.table()
	must(t, over(t, s.open(t, ""), o).Set(t.Context(), "k", backend.Entry{Value: []byte("v")}))
	db := s.open(t, parameters)
	errs := everything(t.Context(), over(t, db, o))
	for _, op := range writes {
		if err := errs[op]; err == nil || !strings.Contains(strings.ToLower(err.Error()), "read") {
			t.Errorf("%s: %v", op, err)
		}
		delete(errs, op)
	}
	for op, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
	for op, err := range everything(t.Context(), over(t, db, s.table())) {
		if err == nil || errors.Is(err, backend.ErrNotFound) {
			t.Errorf("%s without tables: %v", op, err)
		}
	}
}

// restart stops the server in the middle of work and starts it again: what was
// stored is there, and nobody has to do anything.
func (s *server) restart(t *testing.T) {
	ctx := t.Context()
	b := over(t, s.open(t, ""), s.table())
	must(t, b.Set(ctx, "kept", backend.Entry{Value: []byte("v")}))
	work, end := context.WithCancel(ctx)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for work.Err() == nil {
				_, err := b.Get(work, "kept")
				if errors.Is(err, backend.ErrNotFound) {
					t.Error("what was stored is gone")
				}
				if err != nil {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	s.stop()
	for op, err := range everything(ctx, b) {
		if err == nil || errors.Is(err, backend.ErrNotFound) || errors.Is(err, backend.ErrClosed) {
			t.Errorf("%s while it is stopped: %v", op, err)
		}
	}
	s.again(t)
	end()
	workers.Wait()
	// Of the pool's connections each may find out for itself.
	var err error
	for range 30 {
		if _, err = b.Get(ctx, "kept"); err == nil {
			break
		}
	}
	must(t, err)
	must(t, b.Set(ctx, "kept", backend.Entry{}))
}

// fewConnections lets many work over as many connections as they like, where a
// user may have only three: they take turns.
func (s *server) fewConnections(t *testing.T, dsn string) {
	one, two := s.openAt(t, dsn), s.openAt(t, dsn)
	o := s.table()
	var workers sync.WaitGroup
	for i, db := range []*sql.DB{one, two} {
		db.SetMaxOpenConns(0)
		db.SetMaxIdleConns(1)
		b := over(t, db, o)
		for g := range 8 {
			workers.Go(func() {
				key := fmt.Sprint(i, g)
				for range 5 {
					if err := b.Set(t.Context(), key, backend.Entry{Value: []byte(key)}); err != nil {
						t.Error(err)
					}
					if e, err := b.Get(t.Context(), key); err != nil || string(e.Value) != key {
						t.Errorf("%q, %v", e.Value, err)
					}
				}
			})
		}
	}
	workers.Wait()
}

// secrets looks for the password in every error that a wrong one leads to.
func (s *server) secrets(t *testing.T, dsns ...string) {
	for _, dsn := range dsns {
		b := over(t, s.openAt(t, dsn), s.table())
		for op, err := range everything(t.Context(), b) {
			if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "s3cret") {
				t.Errorf("%s: %v", op, err)
			}
		}
		if id := b.Identity(); id != "" {
			t.Errorf("the identity is %s", id)
		}
	}
}

// large stores a value of so many bytes and reads it.
func (s *server) large(t *testing.T, size int) {
	b := over(t, s.open(t, ""), s.table())
	v := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(v) // never fails
	must(t, b.Set(t.Context(), "k", backend.Entry{Value: v}))
	e, err := b.Get(t.Context(), "k")
	must(t, err)
	if string(e.Value) != string(v) {
		t.Error("it came back as another one")
	}
	if u, err := b.Size(t.Context(), ""); err != nil || u.Bytes != int64(size) {
		t.Errorf("%+v, %v", u, err)
	}
}
