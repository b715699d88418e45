package cloudwatchexport

// Queued returns how many requests wait.
func (e *Exporter) Queued() int {
	e.turn <- struct{}{}
	defer e.over()
	return len(e.queue)
}
