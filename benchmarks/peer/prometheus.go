package peer

import (
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// prometheusCache is what people write by hand today: otter, with its own statistics off, a counter and a histogram of
// latencies around each look-up, found by their labels at each call.
type prometheusCache[K comparable, V any] struct {
	*otterCache[K, V]
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
}

func newPrometheus[K comparable, V any](c Config[K, V]) (*prometheusCache[K, V], error) {
	o, err := newOtter(c, &otter.Options[K, V]{})
	if err != nil {
		return nil, err
	}
	labels := []string{"cache", "outcome"}
	return &prometheusCache[K, V]{
		otterCache: o,
		requests:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "Look-ups."}, labels),
		latency:    prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "latency_seconds", Help: "Time."}, labels),
	}, nil
}

func openPrometheus[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	return newPrometheus(c)
}

func (c *prometheusCache[K, V]) Get(k K) (V, bool) {
	start := time.Now()
	v, ok := c.cache.GetIfPresent(k)
	outcome := "hit"
	if !ok {
		outcome = "miss"
	}
	c.requests.WithLabelValues("bench", outcome).Inc()
	c.latency.WithLabelValues("bench", outcome).Observe(time.Since(start).Seconds())
	return v, ok
}

func (c *prometheusCache[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if v, ok := c.Get(k); ok {
			found, last = found+1, v
		}
	}
	return found, last
}

// boundCache is the same with the labels looked up once, ahead.
type boundCache[K comparable, V any] struct {
	*otterCache[K, V]
	requests, misses prometheus.Counter
	latency, missed  prometheus.Observer
}

func openPrometheusBound[K comparable, V any](c Config[K, V]) (Cache[K, V], error) {
	p, err := newPrometheus(c)
	if err != nil {
		return nil, err
	}
	return &boundCache[K, V]{
		otterCache: p.otterCache,
		requests:   p.requests.WithLabelValues("bench", "hit"),
		misses:     p.requests.WithLabelValues("bench", "miss"),
		latency:    p.latency.WithLabelValues("bench", "hit"),
		missed:     p.latency.WithLabelValues("bench", "miss"),
	}, nil
}

func (c *boundCache[K, V]) Get(k K) (V, bool) {
	start := time.Now()
	v, ok := c.cache.GetIfPresent(k)
	if !ok {
		c.misses.Inc()
		c.missed.Observe(time.Since(start).Seconds())
		return v, false
	}
	c.requests.Inc()
	c.latency.Observe(time.Since(start).Seconds())
	return v, true
}

func (c *boundCache[K, V]) Hits(keys []K) (found int, last V) {
	for _, k := range keys {
		if v, ok := c.Get(k); ok {
			found, last = found+1, v
		}
	}
	return found, last
}
