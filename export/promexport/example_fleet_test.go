package promexport_test

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/metrics"
)

// What all instances have counted since their records began, beside what this one has. The names differ, so that no query
// adds the one to the other.
func ExampleWithPrefix() {
	dir, err := os.MkdirTemp("", "fleet")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := filebackend.New(dir, nil) // or Redis, or a database, for several machines
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()
	publish(store, "host-a", 42, 42, 42)
	here := publish(store, "host-b", 42, 42)

	view, err := fleet.NewView(store, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		promexport.NewCollector(here),
		promexport.NewCollector(view, promexport.WithPrefix("cachier_fleet_")),
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	show(mux, "cachier_requests_total", `outcome="hit"`)
	show(mux, "cachier_fleet_requests_total", `outcome="hit"`)
	// Output:
	// cachier_requests_total{backend="memory",cache="users.fetch",outcome="hit"} 1
	// cachier_fleet_requests_total{backend="memory",cache="users.fetch",outcome="hit"} 3
}

// publish is a program that calls a function, and ends.
func publish(store backend.Backend, instance string, ids ...int) metrics.Source {
	registry := metrics.NewRegistry()
	users := cachier.Must(cachier.New("users.fetch", fetchUser, cachier.WithRegistry(registry)))
	call(users, ids...)
	ctx, stop := context.WithCancel(context.Background())
	stop() // a program has signal.NotifyContext here, and Publish in a goroutine
	if err := fleet.Publish(ctx, store, registry, &fleet.Options{Instance: instance}); err != nil {
		fmt.Println(err)
	}
	return registry
}
