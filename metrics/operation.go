package metrics

// Operation is something done to a cache that is not a call of the cached
// function and so has no outcome.
type Operation uint8

const (
	// OperationPut is the zero value: a value was stored by hand.
	OperationPut Operation = iota
	// OperationDelete: one entry was invalidated.
	OperationDelete
	// OperationClear: all entries were invalidated.
	OperationClear
	// OperationCleanup: expired entries were looked for and removed.
	OperationCleanup
	// OperationPeek: the cache was read without computing.
	OperationPeek
)

var operationNames = []string{"put", "delete", "clear", "cleanup", "peek"}

// String returns the label text, such as "put".
func (o Operation) String() string { return nameOf(operationNames, o) }
