package s3backend

import (
	"time"

	"github.com/cachier-go/cachier/backend"
)

// SetClock gives the backend another local clock.
func (b *Backend) SetClock(now func() time.Time) { b.now = now }

// The names of objects, for tests of them.
var (
	NameOf  = nameOf
	KeyOf   = keyOf
	Escape  = escape
	ListFor = func(prefix string) string { return cut(escape(prefix), listName) }
)

// HeadLen is how long the head of an object is.
const HeadLen = headLen

// EncodeEntry is the object of an entry without a lease.
func EncodeEntry(key string, e backend.Entry) []byte {
	s := state{key: key}
	s.put(e, 0)
	return s.encode()
}

// DecodeEntry reads an object of the given length, or of all that there is where
// that is negative.
func DecodeEntry(data []byte, length int64, key string) (backend.Entry, bool) {
	if length < 0 {
		length = int64(len(data))
	}
	s, err := parse(data, length, key)
	return s.got(0), err == nil && s.entry
}
