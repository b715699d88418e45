package mongobackend

import (
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/cachier-go/cachier/backend"
)

// All that there is under a key is one document. Times are dates on the server's
// clock, which people can read in a shell and a TTL index understands.
//
//	_id      the key
//	cachier  the format, 1
//	gone     when nothing in it is of use any more: for the TTL index, and Cleanup
//	created  absent: not known
//	expires  absent: never
//	cost     microseconds
//	size     of the value, in bytes; absent, and all that follows: there is no entry
//	meta
//	value
//	lease    absent: none; see lock.go
const (
	idField      = "_id"
	formatField  = "cachier"
	goneField    = "gone"
	createdField = "created"
	expiresField = "expires"
	costField    = "cost"
	sizeField    = "size"
	metaField    = "meta"
	valueField   = "value"
	leaseField   = "lease"

	format = 1
)

const (
	largest  = 16 << 20 // what MongoDB takes for a document
	overhead = 1 << 10  // of a document, beside key, Meta and Value: names, times, a lease
)

// never is when a document is gone whose entry never expires: a date, so that
// gone can always be put off by $max. The last that ISO 8601 has.
var never = bson.NewDateTimeFromTime(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))

// ours finds the document of a key if it is this package's, in this format.
func ours(key string) bson.D {
	return bson.D{{Key: idField, Value: key}, {Key: formatField, Value: format}}
}

// head leaves out of a document what may be large.
var head = bson.D{{Key: metaField, Value: 0}, {Key: valueField, Value: 0}}

// encode returns the document of an entry without a lease.
func encode(key string, e backend.Entry, apart offset) bson.D {
	d := make(bson.D, 0, 9)
	gone := never
	if !e.Expires.IsZero() {
		gone = min(apart.server(e.Expires, time.Millisecond-1), never)
	}
	d = append(d, bson.E{Key: idField, Value: key}, bson.E{Key: formatField, Value: int32(format)}, bson.E{Key: goneField, Value: gone})
	if !e.Created.IsZero() {
		d = append(d, bson.E{Key: createdField, Value: apart.server(e.Created, 0)})
	}
	if !e.Expires.IsZero() {
		d = append(d, bson.E{Key: expiresField, Value: apart.server(e.Expires, time.Millisecond-1)})
	}
	return append(d,
		bson.E{Key: costField, Value: e.Cost.Microseconds()}, bson.E{Key: sizeField, Value: int64(len(e.Value))},
		bson.E{Key: metaField, Value: bson.Binary{Data: e.Meta}}, bson.E{Key: valueField, Value: bson.Binary{Data: e.Value}},
	)
}

// isOurs says whether a document is this package's, in this format.
func isOurs(d bson.Raw) bool {
	n, ok := d.Lookup(formatField).AsInt64OK()
	return ok && n == format
}

// decode makes an entry of a document, whose memory it keeps.
func decode(d bson.Raw, apart offset) (backend.Entry, error) {
	var e backend.Entry
	if !isOurs(d) {
		return e, backend.ErrForeign
	}
	size, value := d.Lookup(sizeField), d.Lookup(valueField)
	if size.IsZero() && value.IsZero() {
		return e, backend.ErrNotFound // a lease alone
	}
	f := fields{d: d, apart: apart}
	e = backend.Entry{
		Value: f.binary(valueField), Meta: f.binary(metaField), Cost: time.Duration(f.number(costField)) * time.Microsecond,
		Created: f.time(createdField), Expires: f.time(expiresField),
	}
	if f.broken || f.number(sizeField) != int64(len(e.Value)) {
		return backend.Entry{}, backend.ErrCorrupt
	}
	return e, nil
}

// info describes the entry of a document that may lack what is large.
func info(d bson.Raw, apart offset) (backend.Info, error) {
	f := fields{d: d, apart: apart}
	key, ok := d.Lookup(idField).StringValueOK()
	i := backend.Info{Key: key, Size: f.number(sizeField), Created: f.time(createdField), Expires: f.time(expiresField)}
	if f.broken || !ok {
		return backend.Info{}, backend.ErrCorrupt
	}
	return i, nil
}

// fields reads a document in which anything may stand.
type fields struct {
	d      bson.Raw
	apart  offset
	broken bool // something was there that isn't what this package puts there
}

func (f *fields) binary(name string) []byte {
	subtype, data, ok := f.d.Lookup(name).BinaryOK()
	if !ok || subtype != bson.TypeBinaryGeneric {
		f.broken = true
		return nil
	}
	return data[:len(data):len(data)]
}

func (f *fields) number(name string) int64 {
	n, ok := f.d.Lookup(name).AsInt64OK()
	if !ok {
		f.broken = true
	}
	return n
}

// time is the zero time where the document has none.
func (f *fields) time(name string) time.Time {
	v := f.d.Lookup(name)
	if v.IsZero() {
		return time.Time{}
	}
	ms, ok := v.DateTimeOK()
	if !ok {
		f.broken = true
		return time.Time{}
	}
	return f.apart.local(bson.DateTime(ms))
}

// offset is how far the server's clock is ahead of the local one.
type offset time.Duration

// local translates from the server's clock.
func (o offset) local(d bson.DateTime) time.Time {
	return d.Time().Add(-time.Duration(o)).Local()
}

// server translates to the server's clock, down to the millisecond, after adding
// a little; what is further away than a date can be is put there.
func (o offset) server(t time.Time, little time.Duration) bson.DateTime {
	t = t.Add(time.Duration(o) + little)
	switch s := t.Unix(); {
	case s > math.MaxInt64/1000-1:
		return math.MaxInt64
	case s < math.MinInt64/1000+1:
		return math.MinInt64
	}
	return bson.DateTime(t.UnixMilli())
}
