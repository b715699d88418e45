package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

// pool is a store with a gauge and a counter.
type pool struct {
	idle, waits float64
	err         error
}

func (p *pool) read(context.Context) ([]metrics.Reading, error) {
	return []metrics.Reading{
		{Name: "pool_idle", Help: "Idle ones.", Unit: "1", Value: p.idle},
		{Name: "waits_total", Help: "Waits.", Unit: "{wait}", Counter: true, Value: p.waits},
	}, p.err
}

func (p *pool) in(r *metrics.Registry) (remove func()) {
	return r.AddStore(metrics.Store{Key: p, Backend: "sql", Read: p.read})
}

// tell fails the test unless the registry's readings are these.
func tell(t *testing.T, r *metrics.Registry, want ...string) {
	t.Helper()
	var got []string
	for _, reading := range r.Readings(t.Context()) {
		got = append(got, fmt.Sprintf("%s %s %v", reading.Backend, reading.Metric().Name, reading.Value))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStoresAreReadOnce(t *testing.T) {
	r, p := metrics.NewRegistry(), &pool{idle: 3, waits: 100}
	tell(t, r)
	first, second := p.in(r), p.in(r)
	p.waits += 5
	tell(t, r, "sql cachier_backend_pool_idle 3", "sql cachier_backend_waits_total 5")
	first()
	first()
	p.waits++
	tell(t, r, "sql cachier_backend_pool_idle 3", "sql cachier_backend_waits_total 6")
	p.waits++
	second()
	p.waits++ // nobody's here
	tell(t, r, "sql cachier_backend_waits_total 7")
	defer p.in(r)()
	tell(t, r, "sql cachier_backend_pool_idle 3", "sql cachier_backend_waits_total 7")
	p.waits++
	tell(t, r, "sql cachier_backend_pool_idle 3", "sql cachier_backend_waits_total 8")
}

func TestStoresOfOneKindAdd(t *testing.T) {
	r, p, q := metrics.NewRegistry(), &pool{idle: 3}, &pool{idle: 4}
	defer p.in(r)()
	removed := q.in(r)
	p.waits, q.waits = 10, 20
	tell(t, r, "sql cachier_backend_pool_idle 7", "sql cachier_backend_waits_total 30")
	removed()
	tell(t, r, "sql cachier_backend_pool_idle 3", "sql cachier_backend_waits_total 30")
	defer r.AddStore(metrics.Store{Key: []int{1}, Backend: "redis", Read: q.read})() // no key can be compared with it
	defer r.AddStore(metrics.Store{Key: []int{1}, Backend: "redis", Read: q.read})()
	tell(t, r, "redis cachier_backend_pool_idle 8", "redis cachier_backend_waits_total 0",
		"sql cachier_backend_pool_idle 3", "sql cachier_backend_waits_total 30")
}

// A store that is closed, or can't tell, has no gauges; what it counted stays.
func TestStoresThatCannotTell(t *testing.T) {
	r, p := metrics.NewRegistry(), &pool{err: errors.New("not yet")}
	remove := p.in(r)
	tell(t, r)
	p.err, p.waits = nil, 10
	tell(t, r, "sql cachier_backend_pool_idle 0", "sql cachier_backend_waits_total 0")
	p.waits = 12
	tell(t, r, "sql cachier_backend_pool_idle 0", "sql cachier_backend_waits_total 2")
	p.err = errors.New("closed")
	tell(t, r, "sql cachier_backend_waits_total 2")
	remove()
	tell(t, r, "sql cachier_backend_waits_total 2")
}

func TestReadingsThatSayNothing(t *testing.T) {
	r := metrics.NewRegistry()
	readings := []metrics.Reading{
		{Value: 1},
		{Name: "nan", Value: math.NaN()},
		{Name: "infinite", Value: math.Inf(1)},
		{Name: "negative_total", Counter: true, Value: -1},
		{Name: "operation_duration_seconds", Value: 1}, // the catalogue's
		{Name: "Idle conns/é_total", Backend: "ignored", Value: -1},
	}
	defer r.AddStore(metrics.Store{Key: 1, Backend: "own", Read: func(context.Context) ([]metrics.Reading, error) { return readings, nil }})()
	tell(t, r, "own cachier_backend_idle_conns__ -1")
	m := r.Readings(t.Context())[0].Metric()
	if m.Help == "" || m.Kind != metrics.KindGauge || m.OTel != "cachier.backend.idle_conns__" {
		t.Errorf("%+v", m)
	}
}

func ExampleRegistry_AddStore() {
	registry := metrics.NewRegistry()
	busy := 0.0
	remove := registry.AddStore(metrics.Store{
		Key: "the pool", Backend: "sql",
		Read: func(context.Context) ([]metrics.Reading, error) {
			return []metrics.Reading{{Name: "pool_busy_connections", Help: "Connections in use.", Unit: "{connection}", Value: busy}}, nil
		},
	})
	defer remove()
	busy = 3
	for _, r := range registry.Readings(context.Background()) {
		fmt.Println(r.Metric().Name, r.Backend, r.Value)
	}
	// Output:
	// cachier_backend_pool_busy_connections sql 3
}
