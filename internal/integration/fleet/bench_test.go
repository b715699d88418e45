//go:build !race

package fleet_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/internal/traffic"
)

const functions = 100

// fill makes a fleet in which every instance has the same busy minute and hour
// again and again, for three hours of minutes and two days of hours.
func fill(b *testing.B, store *redisbackend.Backend, instances int) {
	b.Helper()
	ctx, quiet := b.Context(), slog.New(slog.DiscardHandler)
	for i := range instances {
		s := traffic.New(b, uint64(i), functions)
		s.Minute(1)
		over, stop := context.WithCancel(ctx)
		stop() // it writes once, and ends
		if err := fleet.Publish(over, store, s.Registry, &fleet.Options{Instance: fmt.Sprint("host", i), Logger: quiet}); err != nil {
			b.Fatal(err)
		}
	}
	var keys []string
	for i, err := range store.List(ctx, "cachier-fleet/") {
		if err != nil {
			b.Fatal(err)
		}
		keys = append(keys, i.Key)
	}
	for _, key := range keys { // cachier-fleet/NAME/START/SPAN/NUMBER
		i := strings.LastIndexByte(key, '/')
		number, err := strconv.Atoi(key[i+1:])
		if err != nil {
			continue // a total, or the roster
		}
		e, err := store.Get(ctx, key)
		if err != nil {
			b.Fatal(err)
		}
		copies := 48
		if !strings.Contains(key, "/hour/") {
			copies = 180
		}
		for n := range copies {
			if err := store.Set(ctx, fmt.Sprint(key[:i+1], number-n), e); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkFleet asks fleets what happened in the last hour, of which fifteen records
// tell at its end and five at its beginning, and in the last day.
func BenchmarkFleet(b *testing.B) {
	for _, instances := range []int{200, 1000} {
		b.Run(fmt.Sprint(instances), func(b *testing.B) {
			client := redis.NewClient(&redis.Options{Addr: testserver.StartRedis(b).Addr})
			defer func() { _ = client.Close() }()
			store := redisbackend.New(client, nil)
			fill(b, store, instances)
			view, err := fleet.NewView(store, "")
			if err != nil {
				b.Fatal(err)
			}
			for name, d := range map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour} {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						a, err := view.Window(b.Context(), d)
						if err != nil {
							b.Fatal(err)
						}
						if len(a.Parts) != instances*functions || a.Skipped != 0 {
							b.Fatal(len(a.Parts), a.Skipped)
						}
					}
				})
			}
			b.Run("total", func(b *testing.B) {
				for b.Loop() {
					if _, err := view.Totals(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Log(sizes(b, store))
		})
	}
}

// sizes are the mean sizes of records for each of their functions.
func sizes(b *testing.B, store backend.Backend) string {
	bytes, records := map[string]int64{}, map[string]int64{}
	for i, err := range store.List(b.Context(), "cachier-fleet/") {
		if err != nil {
			b.Fatal(err)
		}
		for _, kind := range []string{"minute", "ten", "hour", "total"} {
			if strings.Contains(i.Key, "/"+kind) {
				bytes[kind] += i.Size
				records[kind]++
			}
		}
	}
	var said []string
	for kind, n := range records {
		said = append(said, fmt.Sprintf("%.1f bytes a function and %s", float64(bytes[kind])/float64(n)/functions, kind))
	}
	slices.Sort(said)
	return strings.Join(said, ", ")
}
