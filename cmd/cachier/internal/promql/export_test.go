package promql

// Pushed is what a metric is called by OTLP.
func (m Metric) Pushed() string { return m.pushed() }
