package metrics

// AgeEvent says at which moment an entry's age was taken.
type AgeEvent uint8

const (
	// AgeAtHit is the zero value: when the entry was served, fresh or stale.
	AgeAtHit AgeEvent = iota
	// AgeAtRemoval: when the entry went away.
	AgeAtRemoval
)

var ageEventNames = []string{"hit", "removal"}

// String returns the label text, "hit" or "removal".
func (e AgeEvent) String() string { return nameOf(ageEventNames, e) }
