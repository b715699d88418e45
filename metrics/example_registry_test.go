package metrics_test

import (
	"fmt"

	"github.com/cachier-go/cachier/metrics"
)

// A registry gathers the functions of a program for whoever reads them all.
func ExampleRegistry() {
	registry := metrics.NewRegistry()
	for _, name := range []string{"users.fetch", "report.build"} {
		rec, _ := metrics.NewRecorder(name, metrics.RecorderOptions{Type: "int -> string"})
		if err := registry.Register(rec); err != nil {
			fmt.Println(err)
		}
		rec.Record(metrics.Call{Outcome: metrics.Miss})
	}
	for s := range registry.Snapshots() {
		fmt.Println(s.Name, s.Calls())
	}
	fmt.Println("total", registry.Total().Calls())

	other, _ := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{Type: "int -> []byte"})
	fmt.Println(registry.Register(other))
	// Output:
	// report.build 1
	// users.fetch 1
	// total 2
	// cachier: one name for different types: "users.fetch" caches int -> string and can't cache int -> []byte as well; choose another name
}

// Readers that want some functions only filter their source.
func ExampleFilter() {
	registry := metrics.NewRegistry()
	for _, team := range []string{"search", "checkout"} {
		rec, _ := metrics.NewRecorder("prices", metrics.RecorderOptions{Labels: map[string]string{"team": team}})
		_ = registry.Register(rec)
	}
	ours := metrics.Filter(registry, func(s metrics.Snapshot) bool { return s.Labels["team"] == "search" })
	for s := range ours.Snapshots() {
		fmt.Println(s.Name, s.Labels)
	}
	// Output: prices map[team:search]
}
