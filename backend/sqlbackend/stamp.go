package sqlbackend

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// stamp is a time in the database: microseconds since 1970 on its clock, or NULL
// for the zero time.
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

// instant is this host's time when it is first asked for: which a driver does
// when it has a connection, so that waiting for one makes nothing younger.
type instant struct{ micros int64 }

func (i *instant) read() int64 {
	if i.micros == 0 {
		i.micros = microsNow()
	}
	return i.micros
}

// Value implements [database/sql/driver.Valuer].
func (i *instant) Value() (driver.Value, error) { return i.read(), nil }

// distance is what is bound for a time of this host's: how long after now it is.
type distance struct {
	stamp
	now *instant
}

// Value implements [database/sql/driver.Valuer].
func (d distance) Value() (driver.Value, error) {
	if !d.valid {
		return nil, nil
	}
	return d.micros - d.now.read(), nil
}

// microsNow is the time of this host.
func microsNow() int64 { return time.Now().UnixMicro() }

// shift is how much further this host's clock is than the database's, which just
// now told this time: off by what the answer took to come. It is nothing where
// the database told none, because this host's clock is the database's.
func (s stamp) shift() int64 {
	if !s.valid {
		return 0
	}
	return microsNow() - s.micros
}

// time is the stamp on this host's clock.
func (s stamp) time(shift int64) time.Time {
	if !s.valid {
		return time.Time{}
	}
	return time.UnixMicro(s.micros + shift)
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
