package sqlbackend

import (
	"crypto/rand"
	"database/sql"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// record is a lease or a failure mark: the one record under a key that
// [backend.Locker] speaks of. Times are microseconds since 1970.
type record struct {
	token     string // empty: there is no record
	since     int64
	expires   int64
	failed    int64 // when the mark was made; 0: a lease
	takenOver bool
}

// bars says that the record is a lease that stands, and not one to be taken
// over by who knows the token.
func (r record) bars(now int64, over string) bool {
	return r.failed == 0 && now < r.expires && (r.token != over || r.takenOver)
}

// acquire returns the record that there is after a Lock, or after a TakeOver
// where over isn't empty.
func (r record) acquire(now int64, ttl time.Duration, over string) (record, error) {
	switch {
	case r.failed != 0 && now < r.failed+backend.FailureMark.Microseconds():
		r.extend(now, ttl)
		return r, nil
	case r.bars(now, over):
		return r, &backend.HeldError{Holder: r.holder()}
	}
	held := r.failed == 0 && now < r.expires
	return record{token: rand.Text(), since: now, expires: after(now, ttl), takenOver: held}, nil
}

// fail makes the record a young failure mark. If it was one before, others
// share it, and it isn't shortened.
func (r *record) fail(now int64) {
	end := after(now, backend.FailureMark)
	if r.failed == 0 || r.expires < end {
		r.expires = end
	}
	r.failed = now
}

// extend makes the record last for ttl from now; what others share isn't
// shortened.
func (r *record) extend(now int64, ttl time.Duration) {
	end := after(now, ttl)
	if r.failed == 0 || r.expires < end {
		r.expires = end
	}
}

// after rounds up, so that a lease lasts for all of its time.
func after(now int64, ttl time.Duration) int64 {
	micros := int64(ttl / time.Microsecond)
	if ttl%time.Microsecond > 0 {
		micros++
	}
	return now + micros
}

func (r record) holder() backend.Holder {
	return backend.Holder{
		Token: r.token, Since: time.UnixMicro(r.since), Expires: time.UnixMicro(r.expires), TakenOver: r.takenOver,
	}
}

func scanRecord(row *sql.Row) (r record, err error) {
	err = row.Scan(&r.token, &r.since, &r.expires, &r.failed, &r.takenOver)
	return r, err
}

// claim returns the record under the key and keeps it from everybody else until
// the transaction ends. The time is to be asked for afterwards: claiming may
// have waited.
func (t *transaction) claim(key string) (record, error) {
	return scanRecord(t.tx.StmtContext(t.ctx, t.b.statement(claimRecord)).QueryRowContext(t.ctx, []byte(key)))
}

// save changes a record that was claimed.
func (t *transaction) save(key string, r record) error {
	_, err := t.exec(saveRecord, r.token, r.since, r.expires, r.failed, r.takenOver, []byte(key))
	return err
}
