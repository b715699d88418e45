package promexport

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// gathers remembers what has been sent on the channels of the latest scrapes. A prometheus.Registry hands every Collector
// of one scrape the same channel, so a source that was registered twice, in one Collector or in two alike, is seen here
// and sent once. Without that, one registration too many would turn every scrape of the program into an error about
// duplicates.
//
// It holds the last few channels only: scrapes don't tell when they end, and more at a time than that just lose this
// help.
var gathers struct {
	mu     sync.Mutex
	recent [8]struct {
		channel chan<- prometheus.Metric
		sent    []any
	}
	next int
}

// firstOn reports whether key is seen for the first time in the scrape that ch belongs to. The key is comparable.
func firstOn(ch chan<- prometheus.Metric, key any) bool {
	gathers.mu.Lock()
	defer gathers.mu.Unlock()
	for i := range gathers.recent {
		g := &gathers.recent[i]
		if g.channel != ch {
			continue
		}
		for _, sent := range g.sent {
			if sent == key {
				return false
			}
		}
		g.sent = append(g.sent, key)
		return true
	}
	g := &gathers.recent[gathers.next]
	gathers.next = (gathers.next + 1) % len(gathers.recent)
	g.channel, g.sent = ch, []any{key}
	return true
}
