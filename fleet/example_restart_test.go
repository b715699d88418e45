package fleet_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/metrics"
)

// A program that is started again: its windows go back to what it counted before,
// its snapshots don't.
func ExamplePublish() {
	dir, err := os.MkdirTemp("", "history")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := filebackend.New(dir, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()

	runProgram(store, 1, 2, 1, 1)
	runProgram(store, 1)
	// Output:
	// in the last day 4 calls, since the start 4
	// in the last day 5 calls, since the start 1
}

func runProgram(store backend.Backend, calls ...int) {
	registry := metrics.NewRegistry() // a program leaves this out and has metrics.Default() below
	double := cachier.Must(cachier.New("double", func(_ context.Context, n int) (int, error) { return 2 * n, nil },
		cachier.WithRegistry(registry)))

	ctx, stop := context.WithCancel(context.Background()) // a program has signal.NotifyContext here
	done := make(chan error)
	go func() { done <- fleet.Publish(ctx, store, registry, &fleet.Options{Instance: "web-1"}) }()
	for _, n := range calls {
		_, _ = double.Call(ctx, n)
	}
	stop() // as the program ends
	if err := <-done; err != nil {
		fmt.Println(err)
	}
	m := double.Metrics()
	fmt.Printf("in the last day %d calls, since the start %d\n", m.Window(24*time.Hour).Calls(), m.Snapshot().Calls())
}
