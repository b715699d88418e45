package metrics

// Skip says why a background refresh that was due was not started.
type Skip uint8

const (
	// SkipPoolFull is the zero value: too many refreshes were under way.
	SkipPoolFull Skip = iota
	// SkipClosed: the cache was being closed.
	SkipClosed
)

var skipNames = []string{"pool_full", "closed"}

// String returns the label text, "pool_full" or "closed".
func (s Skip) String() string { return nameOf(skipNames, s) }
