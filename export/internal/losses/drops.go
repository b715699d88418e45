package losses

import (
	"maps"
	"sync"
)

// Drops counts what was given up, by reason. It is ready to use, by any goroutine.
type Drops struct {
	mu   sync.Mutex // protects data
	data map[string]uint64
}

// Add counts n more.
func (d *Drops) Add(reason string, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.data == nil {
		d.data = map[string]uint64{}
	}
	d.data[reason] += uint64(n)
}

// Read returns a copy.
func (d *Drops) Read() map[string]uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.data)
}
