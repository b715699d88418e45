package redisbackend_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
)

// exampleAddr is where the examples have a server.
var exampleAddr string

// A function's results in Redis, which all machines share.
func Example() {
	client := redis.NewClient(&redis.Options{Addr: exampleAddr})
	defer client.Close()
	store := redisbackend.New(client, nil)
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

// A cache that is apart from others in the same database, on a server that takes
// strings of 16 MB, and that tells nobody of its changes.
func ExampleNew() {
	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{exampleAddr}})
	defer client.Close()
	store := redisbackend.New(client, &redisbackend.Options{
		Prefix:       "reports:",
		MaxEntrySize: 16<<20 - 100,
		Quiet:        true,
	})
	defer store.Close()

	ctx := context.Background()
	if err := store.Set(ctx, "2026/q1", backend.Entry{Value: []byte("up"), Created: time.Now()}); err != nil {
		log.Fatal(err)
	}
	e, err := store.Get(ctx, "2026/q1")
	fmt.Printf("%s, %v\n", e.Value, err)
	err = store.Set(ctx, "2026/all", backend.Entry{Value: make([]byte, 16<<20)})
	fmt.Println("too large:", errors.Is(err, backend.ErrTooLarge))
	// Output:
	// up, <nil>
	// too large: true
}

// Of all processes that want the same result, one computes it.
func ExampleBackend_Lock() {
	client := redis.NewClient(&redis.Options{Addr: exampleAddr})
	defer client.Close()
	store := redisbackend.New(client, nil)
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

// Those who keep a copy learn at once that it is out of date.
func ExampleBackend_Watch() {
	client := redis.NewClient(&redis.Options{Addr: exampleAddr})
	defer client.Close()
	store := redisbackend.New(client, nil)
	defer store.Close()

	ctx := context.Background()
	for ev, err := range store.Watch(ctx, "users/") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v %q\n", ev.Kind, ev.Key)
		switch ev.Kind {
		case backend.EventGap: // the subscription stands
			if err := store.Delete(ctx, "users/42"); err != nil {
				log.Fatal(err)
			}
		case backend.EventDeleted:
			return
		}
	}
	// Output:
	// gap ""
	// deleted "users/42"
}
