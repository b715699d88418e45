package mongobackend

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/cachier-go/cachier/backend"
)

// SetClock makes the backend live on a host whose clock is off.
func (b *Backend) SetClock(now func() time.Time) { b.now = now }

// Now is the clock of that host.
func (b *Backend) Now() time.Time { return b.now() }

// Bounds is the range of the keys that begin with a prefix.
func Bounds(prefix string) (from, to string) {
	s := under(prefix)
	return s.from, s.to
}

// Document is that of an entry with a lease on it.
func Document(key string, e backend.Entry) bson.D {
	l := &lease{key: key, token: "01234567890123456789012345"}
	fresh := append(l.fresh(never, never, true), bson.E{Key: "failed", Value: never})
	return append(encode(key, e, 0), bson.E{Key: leaseField, Value: fresh})
}
