package metrics

import "time"

// Removal says why an entry went away.
type Removal uint8

const (
	// RemovalExpired is the zero value: its time was over.
	RemovalExpired Removal = iota
	// RemovalCapacity: room was needed.
	RemovalCapacity
	// RemovalInvalidated: somebody deleted or replaced it.
	RemovalInvalidated
	// RemovalCleared: somebody cleared the cache.
	RemovalCleared
	// RemovalCorrupt: it could not be decoded.
	RemovalCorrupt
)

var removalNames = []string{"expired", "capacity", "invalidated", "cleared", "corrupt"}

// String returns the label text, such as "capacity".
func (r Removal) String() string { return nameOf(removalNames, r) }

// Read says whether an entry was ever read between being stored and being
// removed. Many unread ones mean that storing them was wasted.
type Read uint8

const (
	// ReadUnknown is the zero value.
	ReadUnknown Read = iota
	// ReadYes: it was read at least once.
	ReadYes
	// ReadNo: it was never read.
	ReadNo
)

var readNames = []string{"unknown", "true", "false"}

// String returns the label text: "unknown", "true" or "false".
func (r Read) String() string { return nameOf(readNames, r) }

// RemovalEvent is what [Recorder.Remove] is told. The zero value is one entry
// that expired in the local tier at age 0.
type RemovalEvent struct {
	Tier   Tier
	Reason Removal
	Read   Read
	Count  uint64        // how many entries this stands for; 0 means 1
	Age    time.Duration // since each was computed; [Unknown] if not known
}
