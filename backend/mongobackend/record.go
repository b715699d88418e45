package mongobackend

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/cachier-go/cachier/backend"
)

// A lease or a failure mark, the one record under a key that [backend.Locker]
// speaks of, is the document lease within the key's document. Times are on the
// server's clock.
const (
	tokenField  = leaseField + ".token"
	sinceField  = leaseField + ".since"
	untilField  = leaseField + ".until"
	failedField = leaseField + ".failed" // when the mark was made; absent: a lease
	takenField  = leaseField + ".taken"  // made by TakeOver
)

// noLease takes the record away.
var noLease = bson.D{{Key: "$unset", Value: bson.D{{Key: leaseField, Value: ""}}}}

// record is what was read of it.
type record struct {
	document     bool // there is a document; it may be an entry's alone
	token        string
	since, until bson.DateTime
	failed       bson.DateTime // 0: a lease
	takenOver    bool
	now          bson.DateTime // when this was so
}

// parseRecord reads the record of a document.
func parseRecord(d bson.Raw, now bson.DateTime) (record, error) {
	if !isOurs(d) {
		return record{}, backend.ErrForeign
	}
	r := record{document: true, now: now}
	v := d.Lookup(leaseField)
	if v.IsZero() {
		return r, nil
	}
	l, ok := v.DocumentOK()
	if !ok {
		return record{}, backend.ErrCorrupt
	}
	var known [3]bool
	r.token, known[0] = l.Lookup("token").StringValueOK()
	r.since, known[1] = date(l.Lookup("since"))
	r.until, known[2] = date(l.Lookup("until"))
	if known != [3]bool{true, true, true} || r.token == "" {
		return record{}, backend.ErrCorrupt
	}
	r.failed, _ = date(l.Lookup("failed"))
	r.takenOver, _ = l.Lookup("taken").BooleanOK()
	return r, nil
}

func date(v bson.RawValue) (bson.DateTime, bool) {
	ms, ok := v.DateTimeOK()
	return bson.DateTime(ms), ok
}

// young says that the record is a failure mark that is shared.
func (r *record) young() bool {
	return r.failed != 0 && r.now < r.failed+markLength
}

// held says that the record is a lease that stands.
func (r *record) held() bool { return r.failed == 0 && r.token != "" && r.now < r.until }

// bars says that it isn't to be taken over by who knows the token, either.
func (r *record) bars(over string) bool { return r.held() && (r.token != over || r.takenOver) }

func (r *record) holder(apart offset) backend.Holder {
	return backend.Holder{Token: r.token, TakenOver: r.takenOver, Since: apart.local(r.since), Expires: apart.local(r.until)}
}

// markLength is that of a failure mark, in milliseconds.
const markLength = bson.DateTime(backend.FailureMark / 1e6)
