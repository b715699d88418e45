package mongobackend_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/mongobackend"
)

// A function's results in MongoDB, which all machines share.
func Example() {
	ctx := context.Background()
	client, err := mongo.Connect(options.Client().ApplyURI(sharedURL))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Disconnect(ctx)
	store := mongobackend.New(client.Database("app").Collection("cache"), nil)
	defer store.Close()

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

// A store by itself. A document of MongoDB has 16 MB at most.
func ExampleNew() {
	ctx := context.Background()
	client, err := mongo.Connect(options.Client().ApplyURI(sharedURL))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Disconnect(ctx)
	store := mongobackend.New(client.Database("app").Collection("reports"), nil)
	defer store.Close()

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
	ctx := context.Background()
	client, err := mongo.Connect(options.Client().ApplyURI(sharedURL))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Disconnect(ctx)
	store := mongobackend.New(client.Database("app").Collection("leases"), nil)
	defer store.Close()

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

// What the client's commands and connections do is told by whoever exports the
// metrics of the functions over the store.
func ExampleMonitor() {
	ctx := context.Background()
	var monitor mongobackend.Monitor
	client, err := mongo.Connect(monitor.Attach(options.Client().ApplyURI(sharedURL)))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Disconnect(ctx)
	store := mongobackend.New(client.Database("app").Collection("cache"), &mongobackend.Options{Monitor: &monitor})
	defer store.Close()

	if err := store.Delete(ctx, "report"); err != nil {
		log.Fatal(err)
	}
	readings, err := store.Probe(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range readings {
		switch r.Name {
		case "calls_total", "pool_checked_out_connections":
			fmt.Println(r.Name, r.Value)
		}
	}
	// Output:
	// calls_total 1
	// pool_checked_out_connections 0
}
