package cachier_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cachier-go/cachier"
)

// A program's own defaults, for what its packages don't decide.
func ExampleSetDefaults() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.defaults", shout))
	if err := cachier.SetDefaults(cachier.WithTTL(time.Hour)); err != nil {
		panic(err)
	}
	defer cachier.SetDefaults() // none again

	var info cachier.CallInfo
	_, _ = f.Call(ctx, "a", cachier.Info(&info)) // the first call: now they count
	fmt.Println(info.TTL)
	// Output:
	// computing a
	// 1h0m0s
}

// Off for everybody, such as while one looks for a mistake; so does the
// variable CACHIER_DISABLED=1.
func ExampleDisable() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.disable", shout))
	_, _ = f.Call(ctx, "a")
	cachier.Disable()
	_, _ = f.Call(ctx, "a")
	cachier.Enable()
	_, _ = f.Call(ctx, "a") // what was stored before
	// Output:
	// computing a
	// computing a
}

func ExampleEnable() {
	cachier.Disable()
	defer cachier.Enable() // what was stored before is served again
	fmt.Println(cachier.Must(cachier.New("example.enable", shout)).Call(context.Background(), "a"))
	// Output:
	// computing a
	// A <nil>
}

// Off for one request, and all that it calls.
func ExampleBypass() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.bypass", shout))
	_, _ = f.Call(ctx, "a")
	_, _ = f.Call(cachier.Bypass(ctx), "a")
	_, _ = f.Call(ctx, "a")
	// Output:
	// computing a
	// computing a
}
