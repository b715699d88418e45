package sqlbackend_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

const (
	incrementers = 4 // processes
	goroutines   = 4 // in each
	increments   = 10
)

// increment is a process that counts up a number in the store, under its lease,
// once its input ends. Its argument is the data source.
func increment(args []string) error {
	db, err := sql.Open("sqlite", args[0])
	if err != nil {
		return err
	}
	b, err := sqlbackend.New(db, nil)
	if err != nil {
		return err
	}
	fmt.Println("ready")
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
			dsn := "file:" + filepath.Join(t.TempDir(), "cache.db") + parameters
			var all []*child
			for range incrementers {
				all = append(all, start(t, "increment", dsn))
			}
			for _, c := range all {
				must(t, c.stdin.Close())
			}
			for _, c := range all {
				c.finish(t)
			}
			e, err := over(t, open(t, dsn, 0), nil).Get(t.Context(), "n")
			must(t, err)
			if want := strconv.Itoa(incrementers * goroutines * increments); string(e.Value) != want {
				t.Errorf("counted to %s, want %s", e.Value, want)
			}
		})
	}
}
