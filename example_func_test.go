package cachier_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/cachier-go/cachier"
)

// shout is the slow function of the examples.
func shout(_ context.Context, word string) (string, error) {
	fmt.Println("computing", word)
	return strings.ToUpper(word), nil
}

func ExampleNew() {
	ctx := context.Background()
	f, err := cachier.New("example.new", shout)
	if err != nil {
		panic(err)
	}
	for range 3 {
		v, err := f.Call(ctx, "hello")
		fmt.Println(v, err)
	}
	// Output:
	// computing hello
	// HELLO <nil>
	// HELLO <nil>
	// HELLO <nil>
}

// What an option refuses is known when the program starts.
func ExampleNew_refused() {
	_, err := cachier.New("example.refused", shout, cachier.WithMaxEntries(0))
	fmt.Println(err)
	// Output:
	// cachier: New("example.refused"): WithMaxEntries: 0 is not in 1 to 2147483647
}

func ExampleMust() {
	// Typically the value of a package's variable.
	greeting := cachier.Must(cachier.New("example.must", shout))
	fmt.Println(greeting.Call(context.Background(), "hello"))
	// Output:
	// computing hello
	// HELLO <nil>
}

func ExampleFunc_Call() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.call", shout))
	fmt.Println(f.Call(ctx, "a"))
	fmt.Println(f.Call(ctx, "a"))
	fmt.Println(f.Call(ctx, "a", cachier.SkipCache()))
	// Output:
	// computing a
	// A <nil>
	// A <nil>
	// computing a
	// A <nil>
}

func ExampleFunc_Refresh() {
	ctx := context.Background()
	n := 0
	f := cachier.Must(cachier.New("example.refresh", func(context.Context, string) (int, error) { n++; return n, nil }))
	fmt.Println(f.Call(ctx, "a"))
	fmt.Println(f.Refresh(ctx, "a"))
	fmt.Println(f.Call(ctx, "a"))
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 2 <nil>
}

func ExampleFunc_Peek() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.peek", shout))
	_, ok, err := f.Peek(ctx, "a")
	fmt.Println(ok, err)
	_, _ = f.Call(ctx, "a")
	fmt.Println(f.Peek(ctx, "a"))
	// Output:
	// false <nil>
	// computing a
	// A true <nil>
}

// What is known from elsewhere needs no computing.
func ExampleFunc_Put() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.put", shout))
	fmt.Println(f.Put(ctx, "a", "known"))
	fmt.Println(f.Call(ctx, "a"))
	// Output:
	// <nil>
	// known <nil>
}

// After a change, Delete sees to it that nobody is given what was before: not
// even by a computation that is under way.
func ExampleFunc_Delete() {
	ctx := context.Background()
	price := 10
	f := cachier.Must(cachier.New("example.delete", func(context.Context, string) (int, error) { return price, nil }))
	fmt.Println(f.Call(ctx, "book"))
	price = 12
	fmt.Println(f.Delete(ctx, "book"))
	fmt.Println(f.Call(ctx, "book"))
	// Output:
	// 10 <nil>
	// <nil>
	// 12 <nil>
}

func ExampleFunc_Clear() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.clear", shout))
	_, _ = f.Call(ctx, "a")
	fmt.Println(f.Clear(ctx))
	_, _ = f.Call(ctx, "a")
	// Output:
	// computing a
	// <nil>
	// computing a
}

// ReleaseLocks frees the keys that a process was computing when it died, which
// otherwise happens after the time of WithLease.
func ExampleFunc_ReleaseLocks() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.release", shout))
	fmt.Println(f.ReleaseLocks(ctx)) // nothing to do in memory
	// Output:
	// <nil>
}

func ExampleFunc_Metrics() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.metrics", shout))
	for range 4 {
		_, _ = f.Call(ctx, "a")
	}
	s := f.Metrics().Snapshot()
	fmt.Printf("%d calls, hit ratio %.0f %%\n", s.Calls(), 100*s.HitRatio())
	// Output:
	// computing a
	// 4 calls, hit ratio 75 %
}

func ExampleFunc_Name() {
	f := cachier.Must(cachier.New("example.name", shout))
	fmt.Println(f.Name())
	// Output:
	// example.name
}

// What takes a function can be given a cached one.
func ExampleFunc_Func() {
	twice := func(f func(context.Context, string) (string, error)) {
		for range 2 {
			fmt.Println(f(context.Background(), "a"))
		}
	}
	twice(cachier.Must(cachier.New("example.func", shout)).Func())
	// Output:
	// computing a
	// A <nil>
	// A <nil>
}

// Close when a program ends, or when a Func is not used any more. It still
// computes then, but remembers nothing.
func ExampleFunc_Close() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.close", shout))
	_, _ = f.Call(ctx, "a")
	fmt.Println(f.Close(ctx))
	fmt.Println(f.Call(ctx, "a"))
	// Output:
	// computing a
	// <nil>
	// computing a
	// A <nil>
}
