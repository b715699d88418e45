package cloudwatchexport_test

import (
	"context"
	"fmt"
	"log"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/metrics"
)

// printed stands in for cloudwatch.NewFromConfig(config): it prints what a client
// would send.
type printed struct{}

func (printed) PutMetricData(_ context.Context, in *cloudwatch.PutMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.PutMetricDataOutput, error) {
	for _, d := range in.MetricData {
		text := *in.Namespace + " " + *d.MetricName
		for _, dimension := range d.Dimensions {
			text += " " + *dimension.Name + "=" + *dimension.Value
		}
		switch {
		case d.Value == nil:
			fmt.Println(text, "values in", d.Unit, "with counts", d.Counts)
		case d.Unit == types.StandardUnitCount:
			fmt.Println(text, *d.Value)
		default:
			fmt.Println(text, "in", d.Unit)
		}
	}
	return &cloudwatch.PutMetricDataOutput{}, nil
}

// A program pushes every minute, and once more before it ends.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	exporter, err := cloudwatchexport.New(ctx, printed{}, nil)
	if err != nil {
		log.Fatal(err)
	}
	registry := metrics.NewRegistry() // or metrics.Default(), where functions are unless told otherwise
	done := make(chan error)
	go func() { done <- metrics.Push(ctx, registry, exporter, time.Minute) }()

	square := cachier.Must(cachier.New("math.square", func(_ context.Context, n int) (int, error) {
		time.Sleep(time.Millisecond)
		return n * n, nil
	}, cachier.WithRegistry(registry)))
	defer square.Close(ctx)
	for range 2 {
		if _, err := square.Call(ctx, 7); err != nil {
			log.Fatal(err)
		}
	}

	stop()
	fmt.Println(<-done, exporter.Close())
	// Output:
	// cachier request.duration cache=math.square values in Seconds with counts [1 1]
	// cachier compute.duration cache=math.square values in Seconds with counts [1]
	// cachier time.saved cache=math.square in Seconds
	// cachier requests cache=math.square outcome=hit 1
	// cachier requests cache=math.square outcome=miss 1
	// <nil> <nil>
}

// Of two functions, misses by their reason and nothing else, in a namespace of the
// program's own, to the second.
func ExampleNew() {
	ctx := context.Background()
	exporter, err := cloudwatchexport.New(ctx, printed{}, &cloudwatchexport.Options{
		Namespace:  "Shop/Caches",
		Labels:     map[string]string{"stage": "prod"},
		Resolution: time.Second,
		Metrics: []cloudwatchexport.Metric{
			{Name: "requests", Labels: map[string][]string{"outcome": {"miss"}, "reason": nil}},
		},
		Select: func(cache string, _ *metrics.Metric) bool { return strings.HasPrefix(cache, "users.") },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer exporter.Close()

	registry := metrics.NewRegistry()
	for _, name := range []string{"users.fetch", "orders"} {
		r, err := metrics.NewRecorder(name, metrics.RecorderOptions{})
		if err != nil {
			log.Fatal(err)
		}
		if err := registry.Register(r); err != nil {
			log.Fatal(err)
		}
		r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Duration: time.Millisecond, Age: metrics.Unknown})
		r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Microsecond, Age: metrics.Unknown})
	}
	once, stop := context.WithCancel(ctx)
	stop()
	fmt.Println(metrics.Push(once, registry, exporter, time.Minute))
	// Output:
	// Shop/Caches requests cache=users.fetch stage=prod outcome=miss reason=expired 1
	// <nil>
}

// Ten metrics, and one more of which CloudWatch makes as many as there are reasons
// for an entry to go.
func ExampleTen() {
	chosen := append(cloudwatchexport.Ten(), cloudwatchexport.Metric{
		Name: "removals", Labels: map[string][]string{"reason": nil},
	})
	for _, m := range chosen {
		fmt.Println(m.Name, slices.Sorted(maps.Keys(m.Labels)))
	}
	// Output:
	// requests [outcome]
	// requests [outcome reason]
	// request.errors []
	// request.duration []
	// compute.duration []
	// wait.duration []
	// time.saved []
	// removals [reason]
}

// Every metric of the catalogue, by all of its labels.
func ExampleAll() {
	fmt.Println(cloudwatchexport.All()[1])
	// Output: {request.errors map[error:[] outcome:[]]}
}

// Names that CloudWatch forbids are read back as they were.
func ExampleUnescape() {
	escaped := cloudwatchexport.Escape("größe: 50 %")
	name, err := cloudwatchexport.Unescape(escaped)
	fmt.Println(escaped, "is", name, err)
	// Output: gr%C3%B6%C3%9Fe: 50 %25 is größe: 50 % <nil>
}
