package fleet_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/metrics"
)

// A program publishes what its functions count, for as long as it runs; whoever
// reaches the store asks for the whole fleet. Programs on several machines share
// a store in Redis or a database instead.
func Example() {
	dir, err := os.MkdirTemp("", "fleet")
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

	registry := metrics.NewRegistry()
	double := cachier.Must(cachier.New("double", func(_ context.Context, n int) (int, error) { return 2 * n, nil },
		cachier.WithRegistry(registry)))

	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- fleet.Publish(ctx, store, registry, &fleet.Options{Instance: "web-1"}) }()
	for _, n := range []int{1, 2, 1} {
		_, _ = double.Call(ctx, n)
	}
	stop() // as the program ends
	if err := <-done; err != nil {
		fmt.Println(err)
	}

	view, err := fleet.NewView(store, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := view.Window(context.Background(), time.Hour)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range answer.By(fleet.Instance, fleet.Function) {
		fmt.Printf("%s %s: %d calls, hit ratio %.0f %%\n", g.Values[0], g.Values[1], g.Snapshot.Calls(), 100*g.Snapshot.HitRatio())
	}
	// Output: web-1 double: 3 calls, hit ratio 33 %
}
