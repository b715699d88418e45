package emfexport

// Queued returns how many bytes wait.
func (e *Exporter) Queued() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.queued
}
