package s3backend

import (
	"encoding/hex"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// kind is what a record is.
type kind byte

const (
	none kind = iota
	leased
	takenOver
	failed
)

// record is a lease or a failure mark: the one record under a key that
// [backend.Locker] speaks of. Times are on the server's clock, in microseconds
// since 1970.
type record struct {
	kind   kind
	token  [16]byte
	since  int64
	until  int64
	failed int64 // when the mark was made
}

// lasts says that the record hasn't run out.
func (r *record) lasts(now int64) bool { return r.kind != none && now < r.until }

// held says that it is a lease that stands.
func (r *record) held(now int64) bool { return r.kind != failed && r.lasts(now) }

// young says that it is a failure mark that is shared.
func (r *record) young(now int64) bool {
	return r.kind == failed && now < r.failed+backend.FailureMark.Microseconds()
}

// bars says that it isn't to be taken over by who knows the token, either.
func (r *record) bars(over string, now int64) bool {
	return r.held(now) && (r.kind == takenOver || hex.EncodeToString(r.token[:]) != over)
}

func (r *record) holder(apart time.Duration) backend.Holder {
	return backend.Holder{
		Token: hex.EncodeToString(r.token[:]), TakenOver: r.kind == takenOver,
		Since: local(r.since, apart), Expires: local(r.until, apart),
	}
}

// later is when so much time has passed, rounded up, so that a lease lasts for
// all of its time.
func later(now int64, d time.Duration) int64 {
	return now + int64((d+time.Microsecond-1)/time.Microsecond)
}
