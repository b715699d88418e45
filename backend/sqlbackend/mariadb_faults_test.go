//go:build unix

package sqlbackend_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// vanish drops the tables under a running program, which makes them anew.
func (s *mariaDB) vanish(t *testing.T) {
	o := s.table()
	vanish(t, s.open(t, ""), o, o.Table, o.Table+"_schema")
}

// foreign puts something else in the place of the tables, which is an error of
// every method and is left alone.
func (s *mariaDB) foreign(t *testing.T) {
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
func (s *mariaDB) readOnly(t *testing.T, parameters string) {
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
func (s *mariaDB) restart(t *testing.T) {
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
	s.Stop()
	for op, err := range everything(ctx, b) {
		if err == nil || errors.Is(err, backend.ErrNotFound) || errors.Is(err, backend.ErrClosed) {
			t.Errorf("%s while it is stopped: %v", op, err)
		}
	}
	s.Restart(t)
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
func (s *mariaDB) fewConnections(t *testing.T, dsn string) {
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
func (s *mariaDB) secrets(t *testing.T, dsns ...string) {
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
func large(t *testing.T, db *sql.DB, o *sqlbackend.Options, size int) {
	t.Helper()
	b := over(t, db, o)
	v := incompressible(1, size)
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
