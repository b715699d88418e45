package fleet

import "time"

// State is what is known of a start by when it last wrote.
type State uint8

const (
	// Live is the zero value: its last write is at most three times Options.Every old, 30 seconds by default.
	Live State = iota
	// Stale: it didn't, and hasn't said that it ended.
	Stale
	// Gone: it has ended, or has not written for 8 days.
	Gone
)

// String returns "live", "stale" or "gone".
func (s State) String() string {
	if int(s) < len(states) {
		return states[s]
	}
	return "unknown"
}

var states = []string{"live", "stale", "gone"}

// Start is one start of an instance. Its times are on the reader's clock.
type Start struct {
	ID       string // 16 characters that no other start has
	Instance string
	Version  string
	Labels   map[string]string
	Started  time.Time
	Written  time.Time // its last record
	State    State
	Clock    time.Duration // how far its clock is ahead of the reader's; of a store without a clock, of the hosts' 0
}

// startOf is what a total tells of its start. It was written, on the reader's
// clock, when the store says that it was.
func startOf(t *total, written, now time.Time) *Start {
	ahead := time.UnixMilli(t.At).Sub(written)
	s := &Start{
		ID: t.ID, Instance: t.Instance, Version: t.Version, Labels: t.Labels,
		Started: time.UnixMilli(t.Started).Add(-ahead), Written: written, Clock: ahead,
	}
	switch age := now.Sub(written); {
	case t.Closed, age > goneAfter:
		s.State = Gone
	case age > liveFor*time.Duration(max(t.Every, minEvery))*time.Millisecond:
		s.State = Stale
	}
	return s
}

// minEvery is the least time between two writes, in milliseconds, that a start is
// held to: a reader may be a moment late, too.
const minEvery = 1000
