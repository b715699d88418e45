package load

// Trace is a sequence of accesses.
type Trace struct {
	// Name tells it from others in tables.
	Name string
	// Generated says that it was made here and not recorded somewhere.
	Generated bool
	// Keys holds the key of each access, in order.
	Keys []int
}

// Distinct returns how many different keys the trace has.
func (t Trace) Distinct() int {
	seen := make(map[int]struct{})
	for _, k := range t.Keys {
		seen[k] = struct{}{}
	}
	return len(seen)
}
