package sqlbackend

import (
	"time"

	"github.com/cachier-go/cachier/backend"
)

// record is a lease or a failure mark: the one record under a key that
// [backend.Locker] speaks of. Times are the database's, in microseconds since
// 1970.
type record struct {
	row       bool // there is a row; it may be an entry's alone
	token     string
	since     int64
	until     int64
	failed    int64 // when the mark was made; 0: a lease
	takenOver bool
	now       int64 // when this was so
	shift     int64 // how much further this host's clock is
}

// young says that the record is a failure mark that is shared.
func (r *record) young() bool {
	return r.failed != 0 && r.now < r.failed+backend.FailureMark.Microseconds()
}

// held says that the record is a lease that stands.
func (r *record) held() bool {
	return r.failed == 0 && r.token != "" && r.now < r.until
}

// bars says that it isn't to be taken over by who knows the token, either.
func (r *record) bars(over string) bool {
	return r.held() && (r.token != over || r.takenOver)
}

func (r *record) holder() backend.Holder {
	return backend.Holder{
		Token: r.token, TakenOver: r.takenOver,
		Since: time.UnixMicro(r.since + r.shift), Expires: time.UnixMicro(r.until + r.shift),
	}
}

// micros rounds up, so that a lease lasts for all of its time.
func micros(ttl time.Duration) int64 {
	n := int64(ttl / time.Microsecond)
	if ttl%time.Microsecond > 0 {
		n++
	}
	return n
}
