package metrics

// Change says whether a computation gave another value than the one it
// replaced. A high share of unchanged ones means that the time-to-live is
// shorter than it needs to be.
type Change uint8

const (
	// ChangeUnknown is the zero value: there was nothing to compare with, or no
	// way to compare.
	ChangeUnknown Change = iota
	// Changed: the new value differs.
	Changed
	// Unchanged: the new value equals the old one.
	Unchanged
)

var changeNames = []string{"unknown", "changed", "unchanged"}

// String returns the label text, such as "unchanged".
func (c Change) String() string { return nameOf(changeNames, c) }
