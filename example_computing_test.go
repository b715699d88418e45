package cachier_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// One computation hangs; those who wait for it don't, for ever.
func ExampleWithWaitTimeout() {
	ctx := context.Background()
	var runs atomic.Int32
	hang := make(chan struct{})
	f := cachier.Must(cachier.New("example.waittimeout", func(context.Context, string) (string, error) {
		if runs.Add(1) == 1 {
			<-hang
			return "late", nil
		}
		return "in time", nil
	}, cachier.WithWaitTimeout(10*time.Millisecond)))

	var group sync.WaitGroup
	group.Go(func() { _, _ = f.Call(ctx, "a") })
	for runs.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(f.Call(ctx, "a"))
	close(hang)
	group.Wait()
	fmt.Println(f.Call(ctx, "a"))
	// Output:
	// in time <nil>
	// in time <nil>
}

func ExampleWithComputeTimeout() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.computetimeout", func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done() // a dependency that hangs
		return "", ctx.Err()
	}, cachier.WithComputeTimeout(time.Millisecond)))
	_, err := f.Call(ctx, "a")
	fmt.Println(err)
	// Output:
	// context deadline exceeded
}

// A dependency that takes two at a time.
func ExampleWithMaxComputes() {
	ctx := context.Background()
	var under, most atomic.Int32
	f := cachier.Must(cachier.New("example.maxcomputes", func(_ context.Context, n int) (int, error) {
		if now := under.Add(1); now > 2 {
			most.Store(now)
		}
		defer under.Add(-1)
		time.Sleep(time.Millisecond)
		return n, nil
	}, cachier.WithMaxComputes(2)))
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() { _, _ = f.Call(ctx, n) })
	}
	group.Wait()
	fmt.Println("more than two at once:", most.Load() > 2)
	// Output:
	// more than two at once: false
}

// failing is a store that can't be reached.
type failing struct{ backend.Backend }

func (failing) Get(ctx context.Context, _ string) (backend.Entry, error) {
	return backend.Entry{}, errors.New("no route to the store")
}

// Where the function is so expensive that it must not run for everybody when
// the store is away, calls fail instead.
func ExampleWithStrict() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.strict", shout,
		cachier.WithBackend(failing{membackend.New()}),
		cachier.WithStrict(),
	))
	_, err := f.Call(ctx, "a")
	var failed *backend.Error
	fmt.Println(errors.As(err, &failed), failed.Op)
	// Output:
	// true get
}

// hanging is a store that doesn't answer.
type hanging struct{ backend.Backend }

func (hanging) Get(ctx context.Context, _ string) (backend.Entry, error) {
	<-ctx.Done()
	return backend.Entry{}, ctx.Err()
}

func ExampleWithOperationTimeout() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.operationtimeout", shout,
		cachier.WithBackend(hanging{membackend.New()}),
		cachier.WithOperationTimeout(time.Millisecond), // then it is computed
	))
	fmt.Println(f.Call(ctx, "a"))
	// Output:
	// computing a
	// A <nil>
}

// A process that dies while it computes for others delays them by the lease.
func ExampleWithLease() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.lease", shout,
		cachier.WithBackend(membackend.New()), // stands for a store that processes share
		cachier.WithLease(5*time.Second),
	))
	fmt.Println(f.Call(ctx, "a"))
	// Output:
	// computing a
	// A <nil>
}
