package metrics

// Trigger says what made the cached function run.
type Trigger uint8

const (
	// TriggerMiss is the zero value: a call that found nothing usable.
	TriggerMiss Trigger = iota
	// TriggerRevalidate: a background refresh of a value served stale.
	TriggerRevalidate
	// TriggerAhead: a background refresh of a value about to expire.
	TriggerAhead
	// TriggerRefresh: the caller asked for a new value to be stored.
	TriggerRefresh
	// TriggerBypass: the caller went past the cache.
	TriggerBypass
)

var triggerNames = []string{"miss", "revalidate", "ahead", "refresh", "bypass"}

// String returns the label text, such as "revalidate".
func (t Trigger) String() string { return nameOf(triggerNames, t) }
