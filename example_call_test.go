package cachier_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cachier-go/cachier"
)

func ExampleMaxAge() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.maxage", shout, cachier.WithTTL(time.Hour)))
	_, _ = f.Call(ctx, "a")
	time.Sleep(2 * time.Millisecond)
	_, _ = f.Call(ctx, "a", cachier.MaxAge(time.Hour))        // young enough
	_, _ = f.Call(ctx, "a", cachier.MaxAge(time.Millisecond)) // too old
	_, _ = f.Call(ctx, "a", cachier.MaxAge(-1))               // always
	// Output:
	// computing a
	// computing a
	// computing a
}

func ExampleSkipCache() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.skip", shout))
	_, _ = f.Call(ctx, "a", cachier.SkipCache())
	_, ok, _ := f.Peek(ctx, "a")
	fmt.Println("stored:", ok)
	// Output:
	// computing a
	// stored: false
}

// Why was it computed?
func ExampleExplain() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.explain", shout, cachier.WithTTL(time.Millisecond)))
	_, _ = f.Call(ctx, "a")
	time.Sleep(2 * time.Millisecond)

	var why cachier.Explanation
	_, _ = f.Call(ctx, "a", cachier.Explain(&why))
	fmt.Println(len(why.Steps), "steps, and the outcome:", why.Outcome, why.Reason)
	// fmt.Println(why) prints them, such as:
	//
	//	     120ns  found in memory, 2.1ms old, with a TTL of 1ms: expired
	//	     310ns  computing
	//	    8.41µs  computed in 7.9µs
	//	outcome: miss (expired)

	// Output:
	// computing a
	// computing a
	// 3 steps, and the outcome: miss expired
}

func ExampleInfo() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.info", shout, cachier.WithTTL(time.Hour)))
	for range 2 {
		var info cachier.CallInfo
		_, _ = f.Call(ctx, "a", cachier.Info(&info))
		fmt.Println(info.Outcome, info.TTL, info.Computed > 0)
	}
	// Output:
	// computing a
	// miss 1h0m0s true
	// hit 1h0m0s false
}
