package metrics

// Scope says what a caller waited for.
type Scope uint8

const (
	// ScopeProcess is the zero value: a computation in this process.
	ScopeProcess Scope = iota
	// ScopeDistributed: a computation in another process.
	ScopeDistributed
	// ScopeLimit: one of a bounded number of computations to end.
	ScopeLimit
)

var scopeNames = []string{"process", "distributed", "limit"}

// String returns the label text, such as "process".
func (s Scope) String() string { return nameOf(scopeNames, s) }
