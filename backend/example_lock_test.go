package backend_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// How one of several processes computes while the others wait.
func ExampleLock() {
	ctx := context.Background()
	store := membackend.New() // stands for a store that processes share

	lease, err := backend.Lock(ctx, store, "report", time.Minute)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = backend.Lock(ctx, store, "report", time.Minute)
	fmt.Println("another process:", err)

	err = lease.Commit(ctx, backend.Entry{Value: []byte("the report")})
	fmt.Println("stored:", err)
	// Output:
	// another process: cachier: lease is held
	// stored: <nil>
}

// How a process that has waited long enough computes in the place of one that
// hangs, and why that one can't overwrite the result later.
func ExampleTakeOver() {
	ctx := context.Background()
	store := membackend.New()
	hangs, _ := backend.Lock(ctx, store, "report", time.Minute)

	_, err := backend.Lock(ctx, store, "report", time.Minute)
	held, _ := errors.AsType[*backend.HeldError](err)
	// Here it waits, in vain.
	lease, err := backend.TakeOver(ctx, store, "report", held.Holder, time.Minute)
	fmt.Println("taken over:", err)
	_, err = backend.TakeOver(ctx, store, "report", held.Holder, time.Minute)
	fmt.Println("a third one:", err)

	fmt.Println("the first one:", hangs.Commit(ctx, backend.Entry{Value: []byte("old")}))
	fmt.Println("the second one:", lease.Commit(ctx, backend.Entry{Value: []byte("new")}))
	// Output:
	// taken over: <nil>
	// a third one: cachier: lease is held
	// the first one: cachier: lease lost
	// the second one: <nil>
}

// How to free what dead processes left locked.
func ExampleBreakLocks() {
	ctx := context.Background()
	store := membackend.New()
	_, _ = backend.Lock(ctx, store, "reports/1", time.Hour)
	_, _ = backend.Lock(ctx, store, "reports/2", time.Hour)

	n, err := backend.BreakLocks(ctx, store, "reports/")
	fmt.Println(n, err)
	// Output: 2 <nil>
}
