package mongobackend

import "time"

// SetClock makes the backend live on a host whose clock is off.
func (b *Backend) SetClock(now func() time.Time) { b.now = now }

// Now is the clock of that host.
func (b *Backend) Now() time.Time { return b.now() }

// Bounds is the range of the keys that begin with a prefix.
func Bounds(prefix string) (from, to string) {
	s := under(prefix)
	return s.from, s.to
}
