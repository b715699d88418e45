package backend_test

import (
	"context"
	"fmt"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// How to hear of results as they are stored.
func ExampleWatch() {
	ctx := context.Background()
	store := membackend.New()
	for ev, err := range backend.Watch(ctx, store, "users/") {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%v %q\n", ev.Kind, ev.Key)
		switch ev.Kind {
		case backend.EventGap: // now, and not earlier, events are told
			_ = store.Set(ctx, "users/1", backend.Entry{Value: []byte("ann")})
			_ = store.Delete(ctx, "users/1")
		case backend.EventDeleted:
			return
		}
	}
	// Output:
	// gap ""
	// stored "users/1"
	// deleted "users/1"
}
