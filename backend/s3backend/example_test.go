package s3backend_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// Where the examples have a bucket.
var (
	exampleAccess testserver.S3Access
	exampleBucket string
)

// exampleClient is as a program would make its own, or from the configuration of
// its environment by aws-sdk-go-v2/config.
func exampleClient() *s3.Client {
	a := exampleAccess
	return s3.New(s3.Options{
		BaseEndpoint: &a.Endpoint, Region: a.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(a.AccessKey, a.SecretKey, ""),
	})
}

// A function's results in a bucket, which all machines share.
func Example() {
	store := s3backend.New(exampleClient(), exampleBucket, nil)
	defer store.Close()

	ctx := context.Background()
	square := cachier.Must(cachier.New("square", func(_ context.Context, n int) (int, error) {
		fmt.Println("computing")
		return n * n, nil
	}, cachier.WithBackend(store), cachier.WithTTL(24*time.Hour)))
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

// A cache that is apart from others in the same bucket, with a bound on what one
// entry may cost in traffic.
func ExampleNew() {
	store := s3backend.New(exampleClient(), exampleBucket, &s3backend.Options{
		Prefix:       "reports/",
		MaxEntrySize: 16 << 20,
		Parallel:     4,
	})
	defer store.Close()

	ctx := context.Background()
	if err := store.Set(ctx, "2026/q1", backend.Entry{Value: []byte("up"), Created: time.Now()}); err != nil {
		log.Fatal(err)
	}
	e, err := store.Get(ctx, "2026/q1")
	fmt.Printf("%s, %v\n", e.Value, err)
	err = store.Set(ctx, "2026/all", backend.Entry{Value: make([]byte, 16<<20+1)})
	fmt.Println("too large:", errors.Is(err, backend.ErrTooLarge))
	// Output:
	// up, <nil>
	// too large: true
}

// Of all processes that want the same result, one computes it.
func ExampleNewLocker() {
	store := s3backend.NewLocker(exampleClient(), exampleBucket, &s3backend.Options{Prefix: "shared/"})
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

// A program that is not to start without its bucket says so at once.
func ExampleBackend_Check() {
	store := s3backend.New(exampleClient(), "no-such-bucket", nil)
	defer store.Close()

	err := store.Check(context.Background())
	fmt.Printf("%.55s\n", err)
	// Output:
	// s3backend: there is no such bucket at this endpoint: op
}

// Who wants to know how much there is pays for a listing, and does so by option.
func ExampleBackend_Size() {
	store := s3backend.New(exampleClient(), exampleBucket, &s3backend.Options{Prefix: "sized/"})
	defer store.Close()

	ctx := context.Background()
	for _, key := range []string{"a/1", "a/2", "b/1"} {
		if err := store.Set(ctx, key, backend.Entry{Value: make([]byte, 1000)}); err != nil {
			log.Fatal(err)
		}
	}
	usage, err := backend.Size(ctx, store, "a/")
	fmt.Println(usage.Entries, usage.Bytes > 2000, err)
	fmt.Println("counted unasked:", backend.CanSize(store))
	// Output:
	// 2 true <nil>
	// counted unasked: false
}
