package promexport

import (
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// scrapes remembers the channels of the latest scrapes that a collector took part in. A prometheus.Registry hands every
// Collector of one scrape the same channel, so a collector that was registered twice notices, and sends once. Without
// that, one registration too many would turn every scrape of the program into an error about duplicates.
//
// It holds the last few channels only: scrapes don't tell when they end, and one that so many others overtake just loses
// this help. Each keeps some 16 KB alive.
type scrapes struct {
	mu     sync.Mutex
	recent [16]chan<- prometheus.Metric
	next   int
}

// first reports whether the collector is asked for the first time in the scrape that ch belongs to.
func (s *scrapes) first(ch chan<- prometheus.Metric) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.recent[:], ch) {
		return false
	}
	s.recent[s.next] = ch
	s.next = (s.next + 1) % len(s.recent)
	return true
}
