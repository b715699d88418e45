package metrics

// Outcome is the route a call was on, not its success. Every call has exactly
// one, counted when it returns, so the five add up to the calls that returned.
type Outcome uint8

const (
	// Hit: a stored, fresh value was found.
	Hit Outcome = iota
	// Stale: a stored, expired value was served; its reason is
	// [ReasonRevalidate] or [ReasonError].
	Stale
	// Miss: nothing usable was found and no other computation was joined.
	Miss
	// Coalesced: another caller's computation was joined, in this process or in
	// another one, however it ended.
	Coalesced
	// Bypass: the caller asked not to read the cache. It is in no ratio.
	Bypass
)

var outcomeNames = []string{"hit", "stale", "miss", "coalesced", "bypass"}

// String returns the label text, such as "hit".
func (o Outcome) String() string { return nameOf(outcomeNames, o) }

// Reasons returns the reasons that o can have, in the order of their
// constants; none for Hit and Coalesced. The slice is the caller's.
func (o Outcome) Reasons() []Reason {
	switch o {
	case Stale:
		return []Reason{ReasonRevalidate, ReasonError}
	case Miss:
		return []Reason{
			ReasonAbsent, ReasonEvicted, ReasonExpired, ReasonTooOld, ReasonDecodeError,
			ReasonBackendError, ReasonCircuitOpen, ReasonWaitTimeout, ReasonCanceled,
		}
	case Bypass:
		return []Reason{ReasonSkip, ReasonRefresh, ReasonDisabled}
	default:
		return nil
	}
}
