package cachier_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// What happens when many ask at once for what is not there: one computes, the
// others wait for it.
func Example_stampede() {
	release := make(chan struct{})
	f := cachier.Must(cachier.New("example.stampede", func(context.Context, string) (string, error) {
		fmt.Println("computing")
		<-release
		return "value", nil
	}))
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() { _, _ = f.Call(context.Background(), "cold") })
	}
	for f.Metrics().Snapshot().Waiters() < 99 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	group.Wait()
	s := f.Metrics().Snapshot()
	fmt.Println(s.Requests(metrics.Miss), "miss,", s.Requests(metrics.Coalesced), "coalesced")
	// Output:
	// computing
	// 1 miss, 99 coalesced
}
