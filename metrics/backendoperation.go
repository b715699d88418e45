package metrics

// BackendOperation is one request to the store behind a cache.
type BackendOperation uint8

const (
	// BackendGet is the zero value: reading one entry.
	BackendGet BackendOperation = iota
	// BackendSet: writing one entry.
	BackendSet
	// BackendDelete: deleting one entry.
	BackendDelete
	// BackendLock: taking, keeping or giving back a lease.
	BackendLock
	// BackendList: listing entries.
	BackendList
	// BackendClear: deleting all entries of one function.
	BackendClear
	// BackendSize: asking for the number or size of entries.
	BackendSize
)

var backendOperationNames = []string{"get", "set", "delete", "lock", "list", "clear", "size"}

// String returns the label text, such as "get".
func (o BackendOperation) String() string { return nameOf(backendOperationNames, o) }
