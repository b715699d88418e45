//go:build !race

package fleet_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/internal/traffic"
)

// kept is what a store has of fleets, without what it may drop.
func kept(t *testing.T, store backend.Backend) (records int, bytes int64) {
	t.Helper()
	for i, err := range store.List(t.Context(), "cachier-fleet/") {
		if err != nil {
			t.Fatal(err)
		}
		if i.Expires.IsZero() || time.Now().Before(i.Expires) {
			records++
			bytes += i.Size
		}
	}
	return records, bytes
}

// What a fleet keeps on its store is bounded, however long it runs and however
// often its instances start: 180 minutes, 18 times ten, 192 hours and a total for
// each, a few records more for each start of the last 8 days, and two for all.
func TestStoreIsBounded(t *testing.T) {
	const instances, functions, restart = 2, 3, 7 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		store := membackend.New()
		var services [instances]*traffic.Service
		var live [instances]fleet.Publisher
		begun := time.Now()
		var atTen int64 // bytes after ten days
		for day := 1; day <= 13; day++ {
			every := 10 * time.Minute
			for left := 24 * time.Hour; left > 0; left -= every {
				time.Sleep(every)
				if left == 4*time.Hour && (day == 10 || day == 13) {
					every = time.Minute // so that the last three hours have all their minutes
				}
				for i := range live {
					again := services[i] != nil && time.Since(begun)%restart < every
					if again {
						if err := live[i].End(t.Context(), services[i].Registry); err != nil {
							t.Fatal(err)
						}
					}
					if services[i] == nil || again {
						services[i] = traffic.New(t, uint64(i), functions)
						var err error
						if live[i], err = fleet.NewPublisher(t.Context(), store, &fleet.Options{Instance: fmt.Sprint(i)}, 0); err != nil {
							t.Fatal(err)
						}
					}
					services[i].Minute(0.001)
					if err := live[i].Flush(t.Context(), services[i].Registry); err != nil {
						t.Fatal(err)
					}
				}
			}
			records, bytes := kept(t, store)
			starts := int(8*24*time.Hour/restart) + 2
			if most := instances*(181+19+193+1+4*starts) + 2; records > most {
				t.Fatalf("%d records after %d days, want %d at most", records, day, most)
			}
			switch {
			case day == 10:
				atTen = bytes
			case day > 10 && bytes > atTen+atTen/10:
				t.Fatalf("%d bytes after %d days, %d after 10", bytes, day, atTen)
			}
			if day == 13 {
				t.Logf("%d records and %d bytes after 13 days", records, bytes)
			}
		}
		a := totals(t, store)
		if len(a.Starts) > instances*(int(8*24*time.Hour/restart)+2) || a.Skipped > 0 {
			t.Errorf("%d starts, %d skipped", len(a.Starts), a.Skipped)
		}
	})
}
