package cloudwatchexport

import "time"

// Hurry shortens how long unanswered requests are waited for.
func Hurry() { grace = 20 * time.Millisecond }

// Queued returns how many requests wait.
func (e *Exporter) Queued() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.queue)
}
