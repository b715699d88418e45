package cachier_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachier-go/cachier"
)

// How to live through the outage of what a function depends on: with the last
// value that it had.
func ExampleWithStaleIfError() {
	ctx := context.Background()
	up := true
	f := cachier.Must(cachier.New("example.sie", func(context.Context, string) (string, error) {
		if !up {
			return "", errors.New("down")
		}
		return "value", nil
	},
		cachier.WithTTL(time.Millisecond), // short, to have it over soon
		cachier.WithStaleIfError(time.Hour),
	))
	_, _ = f.Call(ctx, "a")
	up = false
	time.Sleep(2 * time.Millisecond)

	var info cachier.CallInfo
	v, err := f.Call(ctx, "a", cachier.Info(&info))
	fmt.Println(v, err, info.Outcome, info.Reason)
	_, err = f.Call(ctx, "never seen before")
	fmt.Println(err)
	// Output:
	// value <nil> stale error
	// down
}
