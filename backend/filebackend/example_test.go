package filebackend_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
)

// A cache in a directory of its own. With an empty name it is in the user's cache
// directory.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()

	store, err := filebackend.New(filepath.Join(dir, "cache"), nil)
	if err != nil {
		log.Fatal(err) // not a directory of this user alone, for example
	}
	defer func() { _ = store.Close() }()

	ctx := context.Background()
	err = store.Set(ctx, "report", backend.Entry{Value: []byte("42 pages"), Created: time.Now()})
	fmt.Println(err)
	e, err := store.Get(ctx, "report") // also in another process, also tomorrow
	fmt.Println(string(e.Value), err)
	// Output:
	// <nil>
	// 42 pages <nil>
}

// How to bound what the cache uses of the disk.
func ExampleOptions() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := filebackend.New(dir, &filebackend.Options{MaxBytes: 100 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = store.Close() }()

	err = store.Set(context.Background(), "k", backend.Entry{Value: make([]byte, 60<<20)})
	fmt.Println(err)
	// Output: filebackend: 62914633 bytes are more than half of MaxBytes: cachier: entry too large for the backend
}

// Where the cache is if nobody says.
func ExampleDefaultDir() {
	dir, err := filebackend.DefaultDir()
	if err != nil {
		log.Fatal(err) // the user has no home directory
	}
	fmt.Println(filepath.Base(dir))
	// Output: cachier
}
