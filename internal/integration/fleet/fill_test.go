//go:build !race && unix

package fleet_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

const (
	functions = 100
	services  = 20 // that differ; instances share them
)

// fill makes a fleet in which every instance has had the same busy minute and hour
// again and again. Only what is asked for is there, or a thousand instances would
// take six gigabytes.
func fill(b *testing.B, store *redisbackend.Backend, instances int) {
	b.Helper()
	var different []*traffic.Service
	for i := range min(services, instances) {
		s := traffic.New(b, uint64(i), functions)
		s.Minute(1)
		different = append(different, s)
	}
	over, stop := context.WithCancel(b.Context())
	stop() // each writes once, and ends
	for i := range instances {
		o := &fleet.Options{Instance: fmt.Sprint("host", i), Logger: slog.New(slog.DiscardHandler)}
		if err := fleet.Publish(over, store, like(b, different[i%len(different)].Registry), o); err != nil {
			b.Fatal(err)
		}
	}
	asked := &asking{Backend: store, missing: map[string]bool{}}
	view, err := fleet.NewView(asked, "")
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range windows {
		if _, err := view.Window(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
	asked.fill(b, written(b, store))
}

// like is another registry with the same recorders: one alone would count once in
// the whole fleet.
func like(b *testing.B, g *metrics.Registry) *metrics.Registry {
	b.Helper()
	other := metrics.NewRegistry()
	for _, name := range g.Names() {
		for _, r := range g.Lookup(name) {
			if err := other.Register(r); err != nil {
				b.Fatal(err)
			}
		}
	}
	return other
}

// written are the records that there are, by start and span.
func written(b *testing.B, store backend.Backend) map[string]backend.Entry {
	all := map[string]backend.Entry{}
	for i, err := range store.List(b.Context(), "cachier-fleet/") {
		if err != nil {
			b.Fatal(err)
		}
		e, err := store.Get(b.Context(), i.Key)
		if err != nil {
			b.Fatal(err)
		}
		start, _ := cut(i.Key)
		all[start] = e
	}
	return all
}

// asking takes down which records are asked for in vain.
type asking struct {
	*redisbackend.Backend

	mu      sync.Mutex      // protects missing
	missing map[string]bool // by key
}

func (a *asking) GetMany(ctx context.Context, keys []string) (map[string]backend.Entry, error) {
	entries, err := a.Backend.GetMany(ctx, keys)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		if _, ok := entries[key]; !ok {
			a.missing[key] = true
		}
	}
	return entries, err
}

// cut cuts cachier-fleet/NAME/START/SPAN/NUMBER before its number, which is 0 for
// a total.
func cut(key string) (start string, number int) {
	i := strings.LastIndexByte(key, '/') + 1
	number, _ = strconv.Atoi(key[i:])
	return key[:i], number
}

// later is how many spans after those that were asked for are there, too, for what
// is asked while time passes.
const later = 5

// fill writes copies of what was written where something is missing.
func (a *asking) fill(b *testing.B, with map[string]backend.Entry) {
	b.Helper()
	keys := make(chan string)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for key := range keys {
				start, number := cut(key)
				for n := range later {
					e := with[start]
					e.Created, e.Expires = time.Now(), time.Time{}
					if err := a.Set(b.Context(), start+strconv.Itoa(number+n), e); err != nil {
						b.Error(err)
					}
					if next := start + strconv.Itoa(number+n+1); a.missing[next] || strings.HasSuffix(start, "/hour/") {
						break
					}
				}
			}
		})
	}
	for key := range a.missing {
		keys <- key
	}
	close(keys)
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
}
