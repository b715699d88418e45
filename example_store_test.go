package cachier_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// Values on a backend outlive the program, and processes share them. Here a
// store in memory stands for it.
func ExampleWithBackend() {
	ctx := context.Background()
	store := membackend.New()
	for range 2 { // two processes
		f := cachier.Must(cachier.New("example.backend", shout, cachier.WithBackend(store)))
		fmt.Println(f.Call(ctx, "a"))
		_ = f.Close(ctx) // the store stays open
	}
	// Output:
	// computing a
	// A <nil>
	// A <nil>
}

// What is asked for often isn't fetched each time.
func ExampleWithLocal() {
	ctx := context.Background()
	store := struct{ backend.Backend }{membackend.New()} // tells nobody of changes
	f := cachier.Must(cachier.New("example.local", shout,
		cachier.WithBackend(store),
		cachier.WithLocal(1000, time.Minute), // what others change may go unseen so long
	))
	for range 3 {
		var info cachier.CallInfo
		_, _ = f.Call(ctx, "a", cachier.Info(&info))
		fmt.Println(info.Outcome, info.Tier)
	}
	fmt.Println("reads of the backend:", f.Metrics().Snapshot().TierLookups(metrics.TierBackend, metrics.ResultNotFound))
	// Output:
	// computing a
	// miss local
	// hit local
	// hit local
	// reads of the backend: 1
}

// codec makes a Codec of two functions. So it takes one line to use CBOR or
// protocol buffers:
//
//	cachier.WithCodec(codec{"cbor", cbor.Marshal, cbor.Unmarshal})
//
//	cachier.WithCodec(codec{
//		"protobuf",
//		func(v any) ([]byte, error) { return proto.Marshal(*v.(**pb.User)) },
//		func(data []byte, v any) error {
//			u := v.(**pb.User)
//			*u = new(pb.User)
//			return proto.Unmarshal(data, *u)
//		},
//	})
type codec struct {
	name      string
	marshal   func(v any) ([]byte, error)
	unmarshal func(data []byte, v any) error
}

func (c codec) Name() string                       { return c.name }
func (c codec) Marshal(v any) ([]byte, error)      { return c.marshal(v) }
func (c codec) Unmarshal(data []byte, v any) error { return c.unmarshal(data, v) }

func ExampleWithCodec() {
	ctx := context.Background()
	type user struct {
		ID   int
		Name string
	}
	store := membackend.New()
	f := cachier.Must(cachier.New("example.codec", func(_ context.Context, id int) (user, error) { return user{id, "ann"}, nil },
		cachier.WithBackend(store),
		cachier.WithCodec(codec{"xml", xml.Marshal, xml.Unmarshal}),
	))
	_, _ = f.Call(ctx, 7)
	for info := range store.List(ctx, "") {
		e, _ := store.Get(ctx, info.Key)
		fmt.Println(string(e.Value))
	}
	fmt.Println(f.Call(ctx, 7))
	// Output:
	// <user><ID>7</ID><Name>ann</Name></user>
	// {7 ann} <nil>
}

// The namespace and the version are parts of every key of a store.
func ExampleWithNamespace() {
	ctx := context.Background()
	store := membackend.New()
	f := cachier.Must(cachier.New("users.fetch", shout,
		cachier.WithRegistry(metrics.NewRegistry()),
		cachier.WithBackend(store),
		cachier.WithNamespace("shop"),
		cachier.WithVersion("v2"),
	))
	_, _ = f.Call(ctx, "ann")
	for info := range store.List(ctx, "") {
		fmt.Println(info.Key)
	}
	// Output:
	// computing ann
	// c1:4:shop:11:users.fetch:2:v2:=ann
}

// Entries of another version are not seen. By default the version follows from
// the shape of the results.
func ExampleWithVersion() {
	ctx := context.Background()
	store := membackend.New()
	for _, version := range []string{"2026-01", "2026-02", "2026-02"} {
		f := cachier.Must(cachier.New("example.version", shout, cachier.WithBackend(store), cachier.WithVersion(version)))
		_, _ = f.Call(ctx, "a")
	}
	// Output:
	// computing a
	// computing a
}

// What is stored is counted for the metrics, by one of all processes that share
// the store, and not before somebody reads them.
func ExampleWithSizeInterval() {
	ctx := context.Background()
	f := cachier.Must(cachier.New("example.size", shout,
		cachier.WithBackend(membackend.New()),
		cachier.WithSizeInterval(10*time.Minute),
	))
	defer f.Close(ctx)
	_, _ = f.Call(ctx, "a")
	_, _ = f.Call(ctx, "b")
	entries := func() int64 { return f.Metrics().Snapshot().Gauges().Tiers[metrics.TierBackend].Entries }
	fmt.Println("at first:", entries()) // not known
	for entries() < 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("then:", entries())
	// Output:
	// computing a
	// computing b
	// at first: -1
	// then: 2
}
