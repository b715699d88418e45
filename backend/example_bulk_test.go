package backend_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// three returns a store with three entries, one of them past its Expires.
func three(ctx context.Context) backend.Backend {
	store := membackend.New()
	now := time.Now()
	_ = store.Set(ctx, "users/1", backend.Entry{Value: []byte("ann"), Created: now})
	_ = store.Set(ctx, "users/2", backend.Entry{Value: []byte("bob"), Created: now, Expires: now})
	_ = store.Set(ctx, "pages/1", backend.Entry{Value: []byte("<html>"), Created: now})
	return store
}

// How to read many entries in one round trip, where the store can do that.
func ExampleGetMany() {
	ctx := context.Background()
	found, err := backend.GetMany(ctx, three(ctx), []string{"users/1", "pages/1", "absent"})
	fmt.Println(len(found), string(found["users/1"].Value), err)
	// Output: 2 ann <nil>
}

// How to see how much is stored.
func ExampleSize() {
	ctx := context.Background()
	usage, err := backend.Size(ctx, three(ctx), "")
	fmt.Println(usage.Entries, "entries,", usage.Bytes, "bytes", err)
	// Output: 3 entries, 12 bytes <nil>
}

// How to delete everything under a prefix, leases included.
func ExampleClear() {
	ctx := context.Background()
	store := three(ctx)
	fmt.Println(backend.Clear(ctx, store, "users/"))
	usage, _ := backend.Size(ctx, store, "")
	fmt.Println(usage.Entries)
	// Output:
	// <nil>
	// 1
}

// How to delete what nobody may use any more, and only that.
func ExampleCleanup() {
	ctx := context.Background()
	n, err := backend.Cleanup(ctx, three(ctx), "")
	fmt.Println(n, err)
	// Output: 1 <nil>
}
