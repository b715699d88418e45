package backend_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// How to see what failed, and why. The key is shown by a short hash.
func ExampleError() {
	store := membackend.New()
	_ = store.Close()
	_, err := store.Get(context.Background(), "user:ann@example.org")
	err = backend.Wrap("get", store, "1f0a93c2", err) // the cache does this

	if failed, ok := errors.AsType[*backend.Error](err); ok {
		fmt.Println(failed.Backend, failed.Op)
	}
	fmt.Println(errors.Is(err, backend.ErrClosed))
	fmt.Println(err)
	// Output:
	// memory get
	// true
	// cachier: memory get 1f0a93c2: backend is closed
}
