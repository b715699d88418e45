package metrics

// Result says how a computation, a wait, a look-up or an operation ended.
type Result uint8

const (
	// ResultOK is the zero value: it succeeded.
	ResultOK Result = iota
	// ResultError: it failed.
	ResultError
	// ResultCanceled: its context was cancelled.
	ResultCanceled
	// ResultTimeout: its time ran out.
	ResultTimeout
	// ResultNotFound: there was nothing there.
	ResultNotFound
	// ResultPanic: it panicked.
	ResultPanic
)

var resultNames = []string{"ok", "error", "canceled", "timeout", "not_found", "panic"}

// String returns the label text, such as "not_found".
func (r Result) String() string { return nameOf(resultNames, r) }
