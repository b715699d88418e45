package metrics

import "time"

// Unknown marks a duration that was not measured or is not known. Zero is a
// measurement like any other.
const Unknown time.Duration = -1

// Call is one call of a cached function that returned, see [Recorder.Record].
// In its zero value it is a hit of an entry of age 0 that took no time; set
// what isn't known to [Unknown].
type Call struct {
	Outcome Outcome
	Reason  Reason
	Err     ErrorKind

	Duration time.Duration // of the whole call; [Unknown] if not timed
	Overhead time.Duration // the part outside computing and waiting; 0 for a hit: all of it
	Age      time.Duration // of the entry served, hit and stale; [Unknown] if not known
	StaleFor time.Duration // past the time-to-live, stale only; [Unknown] if not known
	Cost     time.Duration // what computing the served entry took; 0 if not known
	Price    float64       // what computing the served entry cost, in the owner's unit
	Size     int64         // of the value in bytes; 0 if not known. In no metric: sizes are counted when stored
	KeyHash  uint64        // identifies the key among the hot keys; 0 if not known
	Key      string        // the key itself, kept only where keys are revealed
	Changed  Change        // whether the call led to another value. In no metric: changes are counted when computed
}

// HitSample is a memory hit that was timed, see [Recorder.SampleHit].
type HitSample struct {
	Weight   uint64        // how many hits it stands for; 0 means 1
	Duration time.Duration // of the whole call; [Unknown] if not timed
	Age      time.Duration // of the entry; [Unknown] if not known
	Cost     time.Duration // what computing the entry took; 0 if not known
	Price    float64       // what computing the entry cost, in the owner's unit
	Size     int64         // of the value in bytes; 0 if not known. In no metric: sizes are counted when stored
	KeyHash  uint64        // identifies the key among the hot keys; 0 if not known
	Key      func() string // gives the key; may be nil. Called at most once, only where keys are revealed and this one isn't known
}

// Computation is one run of the cached function that ended, see [Recorder.Compute].
type Computation struct {
	Trigger  Trigger
	Result   Result
	Duration time.Duration // below 0 counts as 0
	Changed  Change        // counted when the result is ok
	Price    float64       // in the owner's unit
	Size     int64         // of the value in bytes; 0 if not known. In no metric: sizes are counted when stored
	KeyHash  uint64        // of the key; 0 if not known. In no metric: hot keys are counted by calls
}
