//go:build !race && unix

package fleet_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/testserver"
)

var windows = map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour}

// reading counts the records that are asked for.
type reading struct {
	*redisbackend.Backend
	records atomic.Int64
}

func (r *reading) GetMany(ctx context.Context, keys []string) (map[string]backend.Entry, error) {
	r.records.Add(int64(len(keys)))
	return r.Backend.GetMany(ctx, keys)
}

// BenchmarkFleet asks fleets what happened in the last hour and in the last day. How many records tell depends on how far
// an hour, and ten minutes, have gone: five to thirty for an hour, 26 for a day.
func BenchmarkFleet(b *testing.B) {
	for _, instances := range []int{200, 1000} {
		b.Run(fmt.Sprint(instances), func(b *testing.B) {
			client := redis.NewClient(&redis.Options{Addr: testserver.StartRedis(b).Addr})
			defer func() { _ = client.Close() }()
			store := &reading{Backend: redisbackend.New(client, nil)}
			fill(b, store.Backend, instances)
			view, err := fleet.NewView(store, "")
			if err != nil {
				b.Fatal(err)
			}
			ask := func(name string, question func(context.Context) (*fleet.Answer, error)) {
				b.Run(name, func(b *testing.B) {
					store.records.Store(0)
					before := spent(b)
					for b.Loop() {
						a, err := question(b.Context())
						if err != nil {
							b.Fatal(err)
						}
						if len(a.Parts) != instances*functions || a.Skipped != 0 {
							b.Fatal(len(a.Parts), a.Skipped)
						}
					}
					b.ReportMetric((spent(b)-before).Seconds()/float64(b.N), "cpu-s/op")
					b.ReportMetric(float64(store.records.Load())/float64(b.N)/float64(instances), "records/instance")
				})
			}
			for name, d := range windows {
				ask(name, func(ctx context.Context) (*fleet.Answer, error) { return view.Window(ctx, d) })
			}
			ask("total", view.Totals)
			size(b, store.Backend, instances)
		})
	}
}

// spent is the time of processors that this process has taken; Redis takes its own.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// size says how large the records are, and what the store has of a fleet in the end, however long it runs.
func size(b *testing.B, store backend.Backend, instances int) {
	kept := map[string]int{"minute": 180, "ten": 18, "hour": 192, "total": 1} // of an instance
	bytes, records := map[string]float64{}, map[string]float64{}
	for i, err := range store.List(b.Context(), "cachier-fleet/") {
		if err != nil {
			b.Fatal(err)
		}
		for kind := range kept {
			if strings.Contains(i.Key, "/"+kind) {
				bytes[kind] += float64(i.Size)
				records[kind]++
			}
		}
	}
	b.Run("size", func(b *testing.B) {
		for b.Loop() { // nothing is timed
		}
		b.ReportMetric(0, "ns/op")
		all := 0.0
		for kind, n := range kept {
			mean := bytes[kind] / records[kind]
			all += float64(n) * mean
			b.ReportMetric(mean/functions, "B/function-"+kind)
		}
		b.ReportMetric(all/1e6, "MB/instance")
		b.ReportMetric(all*float64(instances)/1e9, "GB")
		b.ReportMetric(float64(4*instances)/10, "writes/s")
	})
}
