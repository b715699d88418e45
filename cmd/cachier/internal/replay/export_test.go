package replay

import "time"

// Span shows how the place of a window is written.
func Span(d time.Duration) string { return span(d) }
