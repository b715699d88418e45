package sqlbackend

import (
	"time"

	"github.com/cachier-go/cachier/backend"
)

// row is an entry as it comes from the database.
type row struct {
	created, expires, now stamp
	cost                  int64
	meta, value           []byte
}

// into are the destinations of created, expires, cost, meta, value, now.
func (r *row) into(more ...any) []any {
	return append(more, &r.created, &r.expires, &r.cost, &r.meta, &r.value, &r.now)
}

func (r *row) entry(shift int64) backend.Entry {
	return backend.Entry{
		Value: r.value, Meta: r.meta, Cost: time.Duration(r.cost) * time.Microsecond,
		Created: r.created.time(shift), Expires: r.expires.time(shift),
	}
}
