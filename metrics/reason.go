package metrics

// Reason says why an outcome was what it was. Hit and Coalesced have none; the
// others have those that [Outcome.Reasons] lists.
type Reason uint8

const (
	// NoReason is the zero value. Recorded with an outcome that has reasons, it
	// counts as the first of them: absent for a miss, revalidate for a stale
	// answer, skip for a bypass.
	NoReason Reason = iota

	// ReasonRevalidate: served stale at once, refreshed behind.
	ReasonRevalidate
	// ReasonError: served stale because the function failed.
	ReasonError

	// ReasonAbsent: the key was never seen, as far as is known.
	ReasonAbsent
	// ReasonEvicted: the key was pushed out not long ago.
	ReasonEvicted
	// ReasonExpired: the entry was past its time-to-live and every stale window.
	ReasonExpired
	// ReasonTooOld: the entry was older than this call allowed.
	ReasonTooOld
	// ReasonDecodeError: the stored value could not be decoded.
	ReasonDecodeError
	// ReasonBackendError: the store failed.
	ReasonBackendError
	// ReasonCircuitOpen: the store had failed so often that it was not asked.
	ReasonCircuitOpen
	// ReasonWaitTimeout: waiting for another's computation took too long.
	ReasonWaitTimeout
	// ReasonCanceled: the caller's context ended during the look-up.
	ReasonCanceled

	// ReasonSkip: the call asked for a value past the cache.
	ReasonSkip
	// ReasonRefresh: the call asked for a new value to be stored.
	ReasonRefresh
	// ReasonDisabled: the cache was switched off or closed.
	ReasonDisabled
)

var reasonNames = []string{
	"", "revalidate", "error",
	"absent", "evicted", "expired", "too_old", "decode_error", "backend_error", "circuit_open", "wait_timeout", "canceled",
	"skip", "refresh", "disabled",
}

// String returns the label text, such as "expired"; "" for NoReason.
func (r Reason) String() string { return nameOf(reasonNames, r) }
