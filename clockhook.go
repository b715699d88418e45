package cachier

import "github.com/cachier-go/cachier/internal/clock"

// The replay of access traces judges ages in the trace's own time. That is no
// public option: in tests, testing/synctest does it better.
func init() {
	clock.Option = func(now func() int64) any {
		return always("internal/clock.Option", func(c *config) { c.now = now })
	}
}
