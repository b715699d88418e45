package sqlbackend_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"

	_ "modernc.org/sqlite"
)

// A function's results in a SQLite file, which outlives the process and is
// shared by all processes of this host that open it.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "cache.db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	store, err := sqlbackend.New(db, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	ctx := context.Background()
	square := cachier.Must(cachier.New("square", func(_ context.Context, n int) (int, error) {
		fmt.Println("computing")
		return n * n, nil
	}, cachier.WithBackend(store), cachier.WithTTL(time.Hour)))
	defer square.Close(ctx)

	for range 2 {
		n, err := square.Call(ctx, 7)
		fmt.Println(n, err)
	}
	// Output:
	// computing
	// 49 <nil>
	// 49 <nil>
}

// Several caches in one database, each in tables of its own; the dialect is said
// where the driver doesn't tell it.
func ExampleNew() {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // in memory, each connection would have a database of its own

	store, err := sqlbackend.New(db, &sqlbackend.Options{
		Table:       "reports",
		Dialect:     sqlbackend.SQLite,
		BusyTimeout: 2 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	ctx := context.Background()
	if err := store.Set(ctx, "2026/q1", backend.Entry{Value: []byte("up"), Created: time.Now()}); err != nil {
		log.Fatal(err)
	}
	e, err := store.Get(ctx, "2026/q1")
	fmt.Printf("%s, %v\n", e.Value, err)
	// Output: up, <nil>
}

// Of all processes that want the same result, one computes it.
func ExampleBackend_Lock() {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	store, err := sqlbackend.New(db, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	ctx := context.Background()
	lease, err := store.Lock(ctx, "report", time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	_, err = store.Lock(ctx, "report", time.Minute)
	fmt.Println("held by another:", errors.Is(err, backend.ErrHeld))

	fmt.Println("stored:", lease.Commit(ctx, backend.Entry{Value: []byte("result")}) == nil)
	// Output:
	// held by another: true
	// stored: true
}
