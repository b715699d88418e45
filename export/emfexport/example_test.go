package emfexport_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/export/emfexport"
	"github.com/cachier-go/cachier/metrics"
)

// A container pushes every minute, and once more before it ends.
func Example() {
	registry := metrics.NewRegistry() // or metrics.Default(), where functions are unless told otherwise
	exporter, err := emfexport.New(withoutTime{}, &emfexport.Options{
		Select: func(_ string, m *metrics.Metric) bool { return m.Kind == metrics.KindCounter && m.Unit == "{request}" },
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- metrics.Push(ctx, registry, exporter, time.Minute) }()

	square := cachier.Must(cachier.New("math.square", func(_ context.Context, n int) (int, error) { return n * n, nil },
		cachier.WithRegistry(registry)))
	defer square.Close(ctx)
	for range 3 {
		if _, err := square.Call(ctx, 7); err != nil {
			log.Fatal(err)
		}
	}

	stop()
	fmt.Println(<-done, exporter.Close())
	// Output:
	// {"_aws":{"Timestamp":...,"CloudWatchMetrics":[{"Namespace":"cachier","Dimensions":[["cache","outcome"]],"Metrics":[{"Name":"requests","Unit":"Count"}]}]},"cache":"math.square","outcome":"hit","requests":2}
	// {"_aws":{"Timestamp":...,"CloudWatchMetrics":[{"Namespace":"cachier","Dimensions":[["cache","outcome"]],"Metrics":[{"Name":"requests","Unit":"Count"}]}]},"cache":"math.square","outcome":"miss","requests":1}
	// <nil> <nil>
}

// withoutTime stands in for os.Stdout: it leaves out when lines were written.
type withoutTime struct{}

func (withoutTime) Write(b []byte) (int, error) {
	before, rest, _ := strings.Cut(string(b), `"Timestamp":`)
	_, after, _ := strings.Cut(rest, ",")
	_, err := fmt.Fprint(os.Stdout, before, `"Timestamp":...,`, after)
	return len(b), err
}

// A Lambda function may be frozen as soon as it has answered, so each call ends
// with an export: a Push whose context is done exports once, what was counted
// since the last.
func ExampleNew() {
	registry := metrics.NewRegistry()
	square := cachier.Must(cachier.New("math.square", func(_ context.Context, n int) (int, error) { return n * n, nil },
		cachier.WithRegistry(registry)))
	exporter, err := emfexport.New(withoutTime{}, &emfexport.Options{
		Namespace:  "Shop/Caches",
		Labels:     map[string]string{"stage": "prod"},
		Resolution: time.Second,
		Metrics:    []emfexport.Metric{{Name: "requests"}}, // by no outcome: all in one
	})
	if err != nil {
		log.Fatal(err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()

	handler := func(ctx context.Context, n int) (int, error) { // lambda.Start(handler)
		defer func() { _ = metrics.Push(over, registry, exporter, time.Hour) }() // the next has what fails
		return square.Call(ctx, n)
	}
	for n := range 2 {
		if _, err := handler(context.Background(), n); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// {"_aws":{"Timestamp":...,"CloudWatchMetrics":[{"Namespace":"Shop/Caches","Dimensions":[["cache","stage"]],"Metrics":[{"Name":"requests","Unit":"Count","StorageResolution":1}]}]},"cache":"math.square","stage":"prod","requests":1}
	// {"_aws":{"Timestamp":...,"CloudWatchMetrics":[{"Namespace":"Shop/Caches","Dimensions":[["cache","stage"]],"Metrics":[{"Name":"requests","Unit":"Count","StorageResolution":1}]}]},"cache":"math.square","stage":"prod","requests":1}
}

// Ten metrics, and one more of which CloudWatch makes as many as there are reasons
// for an entry to go.
func ExampleTen() {
	chosen := append(emfexport.Ten(), emfexport.Metric{Name: "removals", Labels: map[string][]string{"reason": nil}})
	for _, m := range chosen {
		fmt.Print(m.Name, " ")
	}
	// Output: requests requests request.errors request.duration compute.duration wait.duration time.saved removals
}

// Every metric of the catalogue, by all of its labels.
func ExampleAll() {
	fmt.Println(emfexport.All()[1])
	// Output: {request.errors map[error:[] outcome:[]]}
}

// Names that CloudWatch forbids are read back as they were.
func ExampleUnescape() {
	escaped := emfexport.Escape("größe: 50 %")
	name, err := emfexport.Unescape(escaped)
	fmt.Println(escaped, "is", name, err)
	// Output: gr%C3%B6%C3%9Fe: 50 %25 is größe: 50 % <nil>
}
