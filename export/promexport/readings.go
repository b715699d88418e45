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
		row := c.families.of(reading, &c.options)
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

// families are those of the readings that a collector has met. Kinds of stores that use one name may say different things
// of it, and the first one is kept, because Prometheus takes one help text for a name.
type families struct {
	mu     sync.Mutex // protects byName
	byName map[string]*row
}

// of returns the family of a reading, or nil if a reading of another kind has its name.
func (f *families) of(reading metrics.Reading, o *options) *row {
	m := reading.Metric()
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.byName[m.Name]
	switch {
	case known == nil:
		if f.byName == nil {
			f.byName = map[string]*row{}
		}
		known = &row{metric: &m, desc: prometheus.NewDesc(o.name(&m), m.Help, []string{"backend"}, nil)}
		f.byName[m.Name] = known
	case known.metric.Kind != m.Kind:
		return nil
	}
	return known
}
