package metrics

// Tier is one of the two places in which a cache looks.
type Tier uint8

const (
	// TierLocal is the zero value: the memory of this process.
	TierLocal Tier = iota
	// TierBackend: the store behind it.
	TierBackend
)

var tierNames = []string{"local", "backend"}

// String returns the label text, "local" or "backend".
func (t Tier) String() string { return nameOf(tierNames, t) }
