package promexport

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"

	"github.com/cachier-go/cachier/metrics"
)

// readingTime bounds the reading of all stores at one scrape.
const readingTime = time.Second

// readings yields what the stores tell of themselves: cachier_backend_ and the name that a store gives a figure, with the
// label backend.
func (c *Collector) readings(source metrics.StoreReadings, yield func(*row, *dto.Metric) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), readingTime)
	defer cancel()
	for _, reading := range source.Readings(ctx) {
		row := rowOf(reading)
		if row == nil || !c.keeps("", row) {
			continue
		}
		m := &dto.Metric{Label: []*dto.LabelPair{pair("backend", reading.Backend)}}
		if reading.Counter {
			m.Counter = &dto.Counter{Value: proto.Float64(reading.Value)}
		} else {
			m.Gauge = &dto.Gauge{Value: proto.Float64(reading.Value)}
		}
		if !yield(row, m) {
			return
		}
	}
}

// rows are the families of readings that any collector of this process has met. Kinds of stores that use one name may say
// different things of it, and the first one is kept, because Prometheus takes one help text for a name.
var rows struct {
	mu     sync.Mutex // protects byName
	byName map[string]*row
}

// rowOf returns the family of a reading, or nil if a reading of another kind has its name.
func rowOf(reading metrics.Reading) *row {
	m := reading.Metric()
	rows.mu.Lock()
	defer rows.mu.Unlock()
	known := rows.byName[m.Name]
	switch {
	case known == nil:
		if rows.byName == nil {
			rows.byName = map[string]*row{}
		}
		known = &row{metric: &m, desc: prometheus.NewDesc(m.Name, m.Help, []string{"backend"}, nil), shared: true}
		rows.byName[m.Name] = known
	case known.metric.Kind != m.Kind:
		return nil
	}
	return known
}

// told remembers which readings the latest scrapes have got: those of two registries can have one name and one label.
// Sending both would turn the whole scrape into an error about duplicates, so the first one counts.
var told struct {
	mu     sync.Mutex // protects all
	recent [16]toldScrape
	next   int
}

type toldScrape struct {
	ch     chan<- prometheus.Metric
	series map[string]bool
}

// firstTold reports whether a scrape has not got a series yet.
func firstTold(ch chan<- prometheus.Metric, series string) bool {
	told.mu.Lock()
	defer told.mu.Unlock()
	for _, scrape := range told.recent {
		if scrape.ch == ch {
			first := !scrape.series[series]
			scrape.series[series] = true
			return first
		}
	}
	told.recent[told.next] = toldScrape{ch, map[string]bool{series: true}}
	told.next = (told.next + 1) % len(told.recent)
	return true
}
