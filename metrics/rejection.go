package metrics

// Rejection says why a computed value was returned but not stored.
type Rejection uint8

const (
	// RejectSizeLimit is the zero value: the value was over the size limit.
	RejectSizeLimit Rejection = iota
	// RejectEncodeError: the value could not be encoded.
	RejectEncodeError
	// RejectNil: the value was nil and such values are refused.
	RejectNil
	// RejectBackendFull: the store had no room.
	RejectBackendFull
)

var rejectionNames = []string{"size_limit", "encode_error", "nil", "backend_full"}

// String returns the label text, such as "size_limit".
func (r Rejection) String() string { return nameOf(rejectionNames, r) }
