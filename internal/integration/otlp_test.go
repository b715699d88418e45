package integration_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

// What the Collector writes, as far as the tests read it: OTLP's own JSON, where
// whole numbers of 64 bits are texts.
type otlpRequest struct {
	ResourceMetrics []struct {
		Resource     otlpAttributed
		ScopeMetrics []struct {
			Metrics []otlpMetric
		}
	}
	ResourceSpans []struct {
		ScopeSpans []struct {
			Scope struct{ Name string }
			Spans []otlpSpan
		}
	}
}

type otlpMetric struct {
	Name, Unit                       string
	Sum, Gauge, ExponentialHistogram struct {
		AggregationTemporality int
		DataPoints             []otlpPoint
	}
}

type otlpPoint struct {
	otlpAttributed
	AsInt    *int64 `json:",string"`
	AsDouble float64

	Count     uint64 `json:",string"`
	ZeroCount uint64 `json:",string"`
	Sum       float64
	Scale     int
	Positive  struct {
		Offset       int
		BucketCounts []string
	}
}

type otlpSpan struct {
	otlpAttributed
	TraceID, SpanID, ParentSpanID, Name string
}

type otlpAttributed struct {
	Attributes []struct {
		Key   string
		Value struct{ StringValue string }
	}
}

func (a otlpAttributed) labels() map[string]string {
	all := map[string]string{}
	for _, one := range a.Attributes {
		all[one.Key] = one.Value.StringValue
	}
	return all
}

// otlpRequests reads a file of the Collector's, but for a line that it is just
// writing.
func otlpRequests(path string) (all []otlpRequest, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return all, nil // the end
		}
		var request otlpRequest
		if err := json.Unmarshal(line, &request); err != nil {
			return nil, fmt.Errorf("%w in %.200s", err, line)
		}
		all = append(all, request)
	}
}

// otlpSeries is what has come of one series.
type otlpSeries struct {
	unit        string
	value       float64
	temporality int
	hist        bool
	count       uint64
	sum         float64
	buckets     map[int]uint64 // by the index of package metrics; zero is at math.MinInt
}

// otlpKnown adds up what has come of each series of one service, by name and
// attributes: deltas are added, the others are as they came last.
func otlpKnown(requests []otlpRequest, service string) map[string]*otlpSeries {
	known := map[string]*otlpSeries{}
	for _, request := range requests {
		for _, resource := range request.ResourceMetrics {
			if resource.Resource.labels()["service.name"] != service {
				continue
			}
			for _, scope := range resource.ScopeMetrics {
				for _, m := range scope.Metrics {
					m.addTo(known)
				}
			}
		}
	}
	return known
}

func (m otlpMetric) addTo(known map[string]*otlpSeries) {
	for _, data := range []struct {
		temporality int
		points      []otlpPoint
		hist        bool
	}{
		{m.Sum.AggregationTemporality, m.Sum.DataPoints, false},
		{0, m.Gauge.DataPoints, false},
		{m.ExponentialHistogram.AggregationTemporality, m.ExponentialHistogram.DataPoints, true},
	} {
		for _, p := range data.points {
			labels := p.labels()
			labels["__name__"] = m.Name
			name := seriesName(labels)
			s := known[name]
			if s == nil || data.temporality != otlpDelta {
				s = &otlpSeries{buckets: map[int]uint64{}}
				known[name] = s
			}
			s.unit, s.temporality, s.hist = m.Unit, data.temporality, data.hist
			s.value += p.AsDouble
			if p.AsInt != nil {
				s.value += float64(*p.AsInt)
			}
			s.count += p.Count
			s.sum += p.Sum
			p.addBuckets(s.buckets)
		}
	}
}

const otlpDelta, otlpCumulative = 1, 2

func (p otlpPoint) addBuckets(all map[int]uint64) {
	if p.ZeroCount > 0 {
		all[math.MinInt] += p.ZeroCount
	}
	for i, text := range p.Positive.BucketCounts {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			panic(err) // the Collector writes numbers
		}
		if n > 0 {
			all[p.Positive.Offset+i+1] += n
		}
	}
}

// otlpAgrees holds what has come against a source: every series, no other, every
// bucket.
func otlpAgrees(known map[string]*otlpSeries, source metrics.Source, temporality int) error {
	want := 0
	for snapshot := range source.Snapshots() {
		for s := range snapshot.Series() {
			labels := map[string]string{"__name__": s.Metric.OTel, "cache": snapshot.Name, "backend": snapshot.Backend}
			for _, label := range s.Labels {
				labels[label.Name] = label.Value
			}
			name := seriesName(labels)
			got := known[name]
			if got == nil {
				if temporality == otlpDelta && s.Metric.Kind == metrics.KindCounter && s.Value == 0 {
					continue // nothing to tell of
				}
				return fmt.Errorf("%s has not come", name)
			}
			want++
			if err := got.agrees(s, temporality); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	others := 0
	for name := range known {
		if strings.HasPrefix(name, "cachier.backend.") && !strings.HasPrefix(name, "cachier.backend.operation") {
			others++
		}
	}
	if len(known) != want+others || want < 15 {
		return fmt.Errorf("%d series have come, the snapshots have %d", len(known)-others, want)
	}
	return nil
}

func (got *otlpSeries) agrees(s metrics.Series, temporality int) error {
	if s.Metric.Kind == metrics.KindGauge {
		temporality = 0
	}
	if got.unit != s.Metric.Unit || got.temporality != temporality || got.hist != (s.Metric.Kind == metrics.KindHistogram) {
		return fmt.Errorf("%+v is of another kind", got)
	}
	if s.Metric.Kind != metrics.KindHistogram {
		if !near(got.value, s.Value) {
			return fmt.Errorf("%v, want %v", got.value, s.Value)
		}
		return nil
	}
	b := s.Buckets
	if got.count != b.Count || !near(got.sum, b.Sum) || got.buckets[math.MinInt] != b.ZeroCount {
		return fmt.Errorf("%d values of %v, want %d of %v", got.count, got.sum, b.Count, b.Sum)
	}
	delete(got.buckets, math.MinInt)
	for i, n := range b.All() {
		if got.buckets[i] != n {
			return fmt.Errorf("bucket %d has %d values, want %d", i, got.buckets[i], n)
		}
	}
	if len(got.buckets) != b.Len() {
		return errors.New("more buckets than there are")
	}
	return nil
}

// quantile is that of a histogram by OpenTelemetry's own definition: a value
// between the bounds base^i and base^(i+1) of the bucket where the rank is.
func (got *otlpSeries) quantile(q float64) float64 {
	rank, seen := uint64(math.Ceil(q*float64(got.count))), uint64(0)
	for i := -400; i < 600; i++ { // from a nanosecond on, and to 2^61 bytes
		if seen += got.buckets[i]; seen >= rank {
			return math.Exp2((float64(i) - 0.5) / 8)
		}
	}
	return math.NaN()
}
