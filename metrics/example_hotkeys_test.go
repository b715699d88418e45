package metrics_test

import (
	"fmt"
	"hash/maphash"

	"github.com/cachier-go/cachier/metrics"
)

// The keys asked for most are followed in fixed memory. Only a short hash of
// each is kept, unless their owner reveals them.
func ExampleRecorder_HotKeys() {
	rec, _ := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{HotKeys: 8, RevealKeys: true})
	seed := maphash.MakeSeed()
	for _, key := range []string{"ann", "bob", "ann", "eve", "ann", "bob"} {
		rec.Record(metrics.Call{Outcome: metrics.Miss, Key: key, KeyHash: maphash.String(seed, key)})
	}
	for _, hot := range rec.HotKeys()[:2] {
		fmt.Println(hot.Key, hot.Count, "at most", hot.Error, "too high")
	}
	// Output:
	// ann 3 at most 0 too high
	// bob 2 at most 0 too high
}
