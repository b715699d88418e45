package metrics_test

import (
	"context"
	"fmt"

	"github.com/cachier-go/cachier/metrics"
)

// logger tells what begins and how it ends; a tracer would start a span.
type logger struct{}

func (logger) Start(ctx context.Context, op metrics.Op) (context.Context, func(metrics.Result)) {
	fmt.Println(op.Cache, op, "begins")
	return ctx, func(res metrics.Result) { fmt.Println(op.Cache, op, "ends:", res) }
}

// An Observer is told of computations, waits and requests to the store.
func ExampleObserver() {
	var observer metrics.Observer = logger{}
	_, end := observer.Start(context.Background(), metrics.Op{Cache: "users.fetch", Kind: metrics.OpCompute, Trigger: metrics.TriggerMiss})
	end(metrics.ResultOK)
	// Output:
	// users.fetch compute miss begins
	// users.fetch compute miss ends: ok
}
