package otelexport

import (
	"go.opentelemetry.io/otel/metric"

	"github.com/cachier-go/cachier/metrics"
)

// instruments are asynchronous ones, by name.
type instruments map[string]instrument

// instrument has one of its fields.
type instrument struct {
	ints   metric.Int64Observable
	floats metric.Float64Observable
}

// newInstrument makes the one of a counter or gauge.
func newInstrument(meter metric.Meter, m *metrics.Metric, whole bool) (one instrument, err error) {
	help, unit := metric.WithDescription(m.Help), metric.WithUnit(m.Unit)
	switch {
	case m.Kind == metrics.KindCounter && whole:
		one.ints, err = meter.Int64ObservableCounter(m.OTel, help, unit)
	case m.Kind == metrics.KindCounter:
		one.floats, err = meter.Float64ObservableCounter(m.OTel, help, unit)
	case whole:
		one.ints, err = meter.Int64ObservableGauge(m.OTel, help, unit)
	default:
		one.floats, err = meter.Float64ObservableGauge(m.OTel, help, unit)
	}
	return one, err
}

func (one instrument) observable() metric.Observable {
	if one.ints != nil {
		return one.ints
	}
	return one.floats
}

// observe hands on what was collected and has an instrument here.
func (all instruments) observe(to metric.Observer, out *collection) {
	for name, r := range out.rows {
		one, ok := all[name]
		if !ok {
			continue
		}
		for _, p := range r.ints {
			if one.ints != nil {
				to.ObserveInt64(one.ints, p.Value, metric.WithAttributeSet(p.Attributes))
			}
		}
		for _, p := range r.floats {
			if one.floats != nil {
				to.ObserveFloat64(one.floats, p.Value, metric.WithAttributeSet(p.Attributes))
			}
		}
	}
}
