package metrics_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

type observed struct {
	name string
	log  *[]string
}

func (o observed) Start(ctx context.Context, op metrics.Op) (context.Context, func(metrics.Result)) {
	*o.log = append(*o.log, o.name+" starts "+op.String())
	return context.WithValue(ctx, observed{}, o.name), func(res metrics.Result) {
		*o.log = append(*o.log, fmt.Sprint(o.name, " ends ", res))
	}
}

type silent struct{}

func (silent) Start(ctx context.Context, _ metrics.Op) (context.Context, func(metrics.Result)) {
	return ctx, nil
}

func TestObservers(t *testing.T) {
	var log []string
	both := metrics.Observers(observed{"a", &log}, nil, silent{}, observed{"b", &log})
	ctx, end := both.Start(t.Context(), metrics.Op{Kind: metrics.OpBackend, Cache: "f", BackendOperation: metrics.BackendGet})
	end(metrics.ResultNotFound)
	want := []string{"a starts backend get", "b starts backend get", "b ends not_found", "a ends not_found"}
	if !slices.Equal(log, want) || ctx.Value(observed{}) != "b" {
		t.Errorf("%q, %v", log, ctx.Value(observed{}))
	}
	if metrics.Observers(nil, nil) != nil || metrics.Observers(silent{}) != (silent{}) {
		t.Error("none, or only one, needs nothing around it")
	}
}

func TestOpNames(t *testing.T) {
	for want, op := range map[string]metrics.Op{
		"compute revalidate": {Trigger: metrics.TriggerRevalidate},
		"wait distributed":   {Kind: metrics.OpWait, Scope: metrics.ScopeDistributed},
		"operation clear":    {Kind: metrics.OpOperation, Operation: metrics.OperationClear},
		"backend lock":       {Kind: metrics.OpBackend, BackendOperation: metrics.BackendLock},
	} {
		if got := op.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
