package sqlbackend

import (
	"fmt"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// row is an entry as it comes from the database.
type row struct {
	created, expires stamp
	cost             int64
	meta, value      []byte
}

func (r *row) entry() backend.Entry {
	return backend.Entry{
		Value: r.value, Meta: r.meta, Cost: time.Duration(r.cost) * time.Microsecond,
		Created: r.created.time(), Expires: r.expires.time(),
	}
}

// put stores an entry in place of what is there.
func (t *transaction) put(key string, e backend.Entry) error {
	_, err := t.exec(putEntry, []byte(key), stampOf(e.Created).arg(), stampAfter(e.Expires).arg(),
		e.Cost.Microseconds(), filled(e.Meta), filled(e.Value))
	return err
}

// filled is never nil, which drivers take for NULL.
func filled(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// stamp is a time in the database: microseconds since 1970, or NULL for the
// zero time.
type stamp struct {
	micros int64
	valid  bool
}

// Times outside of these aren't known to the database; they are closer to it
// than anybody's clock.
var (
	earliest = time.Date(-100_000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(200_000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// stampOf rounds down.
func stampOf(t time.Time) stamp {
	switch {
	case t.IsZero():
		return stamp{}
	case t.Before(earliest):
		t = earliest
	case t.After(latest):
		t = latest
	}
	return stamp{t.UnixMicro(), true}
}

// stampAfter rounds up, so that nothing ends early.
func stampAfter(t time.Time) stamp {
	s := stampOf(t)
	if s.valid && t.Nanosecond()%1000 != 0 {
		s.micros++
	}
	return s
}

func (s stamp) time() time.Time {
	if !s.valid {
		return time.Time{}
	}
	return time.UnixMicro(s.micros)
}

// arg is what is bound for the stamp.
func (s stamp) arg() any {
	if !s.valid {
		return nil
	}
	return s.micros
}

// Scan implements [database/sql.Scanner].
func (s *stamp) Scan(from any) error {
	switch v := from.(type) {
	case int64:
		*s = stamp{v, true}
	case nil:
		*s = stamp{}
	default:
		return fmt.Errorf("sqlbackend: a time came as %T", from)
	}
	return nil
}
