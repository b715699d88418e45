package metrics

// ErrorKind says what made a call return an error. It is counted beside the
// outcome, never instead of it.
type ErrorKind uint8

const (
	// NoError is the zero value: the call returned no error.
	NoError ErrorKind = iota
	// ErrorFunction: the cached function returned an error.
	ErrorFunction
	// ErrorCanceled: the caller's context was cancelled.
	ErrorCanceled
	// ErrorDeadline: the caller's context passed its deadline.
	ErrorDeadline
	// ErrorPanic: the cached function panicked.
	ErrorPanic
	// ErrorBackend: the store failed and the cache was told to be strict.
	ErrorBackend
)

var errorKindNames = []string{"", "function", "canceled", "deadline", "panic", "backend"}

// String returns the label text, such as "deadline"; "" for NoError.
func (e ErrorKind) String() string { return nameOf(errorKindNames, e) }
