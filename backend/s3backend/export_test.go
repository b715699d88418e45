package s3backend

import "time"

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
