package sqlbackend_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/killing"
)

const (
	incrementers = 4 // processes
	goroutines   = 4 // in each
	increments   = 10
)

// increment is a process that counts up a number in the store, under its lease,
// once its input ends. Its arguments are the driver, the data
// source and the table.
func increment(args []string) error {
	db, err := sql.Open(args[0], args[1])
	if err != nil {
		return err
	}
	b, err := sqlbackend.New(db, &sqlbackend.Options{Table: args[2]})
	if err != nil {
		return err
	}
	killing.Ready()
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	errs := make([]error, goroutines)
	var group sync.WaitGroup
	for g := range goroutines {
		group.Go(func() {
			for range increments {
				if errs[g] = incrementOnce(context.Background(), b); errs[g] != nil {
					return
				}
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// incrementOnce waits for the lease; only who holds it reads and writes.
func incrementOnce(ctx context.Context, b *sqlbackend.Backend) error {
	for {
		l, err := b.Lock(ctx, "n", time.Hour)
		if errors.Is(err, backend.ErrHeld) {
			time.Sleep(time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		n := 0
		e, err := b.Get(ctx, "n")
		if err == nil {
			n, err = strconv.Atoi(string(e.Value))
		} else if errors.Is(err, backend.ErrNotFound) {
			err = nil
		}
		if err != nil {
			return err
		}
		return l.Commit(ctx, backend.Entry{Value: []byte(strconv.Itoa(n + 1))})
	}
}

// Processes that begin at once, on a file that isn't there yet, make the tables
// once, and exclude each other by leases: no increment is lost.
func TestProcessesExcludeEachOther(t *testing.T) {
	for name, parameters := range map[string]string{"WAL": recommended, "no pragmas": ""} {
		t.Run(name, func(t *testing.T) {
			excludeEachOther(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "cache.db")+parameters, "counted")
		})
	}
}

func excludeEachOther(t *testing.T, driver, dsn, table string) {
	t.Helper()
	var all []*killing.Process
	for range incrementers {
		all = append(all, killing.Start(t, "increment", driver, dsn, table))
	}
	for _, c := range all {
		must(t, c.In.Close())
	}
	for _, c := range all {
		c.Finish(t)
	}
	db, err := sql.Open(driver, dsn)
	must(t, err)
	defer func() { _ = db.Close() }()
	e, err := over(t, db, &sqlbackend.Options{Table: table}).Get(t.Context(), "n")
	must(t, err)
	if want := strconv.Itoa(incrementers * goroutines * increments); string(e.Value) != want {
		t.Errorf("counted to %s, want %s", e.Value, want)
	}
}

// In a rollback journal there may never be a moment without readers. They hand
// over to each other here, and the writer gets its turn all the same.
func TestReadersWithoutPause(t *testing.T) {
	dsn := "file:" + filepath.Join(t.TempDir(), "cache.db") + "?_pragma=synchronous(OFF)"
	b := over(t, open(t, dsn, 1), &sqlbackend.Options{BusyTimeout: 20 * time.Second})
	must(t, b.Set(t.Context(), "k", backend.Entry{}))
	done := make(chan struct{})
	var readers sync.WaitGroup
	defer readers.Wait()
	defer close(done)
	reading := make(chan struct{})
	readers.Go(func() {
		// Each rows that is open holds the lock of a reader.
		look := func(db *sql.DB) *sql.Rows {
			rows, err := db.QueryContext(context.Background(), "SELECT key FROM cachier_entries UNION ALL SELECT 1 UNION ALL SELECT 2")
			if err != nil {
				return nil // a writer is about to get its turn
			}
			if !rows.Next() {
				t.Error(rows.Err())
			}
			return rows
		}
		dbs := [2]*sql.DB{open(t, dsn, 1), open(t, dsn, 1)}
		current := look(dbs[0])
		close(reading)
		for i := 1; ; i++ {
			next := look(dbs[i%2])
			if current != nil {
				_ = current.Close()
			}
			current = next
			select {
			case <-done:
				if current != nil {
					_ = current.Close()
				}
				return
			default:
			}
		}
	})
	<-reading
	for i := range 20 {
		if err := b.Set(t.Context(), "k", backend.Entry{Value: []byte{byte(i)}}); err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
}
