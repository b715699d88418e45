package cloudwatchexport

// Queued returns how many requests wait.
func (e *Exporter) Queued() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.queue)
}
