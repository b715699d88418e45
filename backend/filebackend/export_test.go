package filebackend

import (
	"time"

	"github.com/cachier-go/cachier/backend"
)

// What the tests see of the inside: the decoders, to feed them anything, and
// where things are.
const (
	Youngest   = youngest
	RingLen    = ringLen
	LockName   = lockName
	MaxRecalls = maxPrefixes
)

func Decode(b []byte, key string) (backend.Entry, error) { return decode(b, key) }

func DecodeHead(b []byte, length int64) (backend.Info, error) {
	h, err := decodeHead(b, length)
	return h.info(), err
}

func Encode(key string, e backend.Entry) ([]byte, error) {
	b, err := appendHead(nil, key, &e)
	return append(b, e.Value...), err
}

func EncodeRecord(token, key string, since, expires, failed time.Time, takenOver bool) []byte {
	r := record{token: token, key: key, since: since.UnixNano(), expires: expires.UnixNano(), failed: failed.UnixNano(), takenOver: takenOver}
	return r.encode()
}

// RecordMeans says whether a record's bytes stand for a lease or a mark now.
func RecordMeans(b []byte, now time.Time) bool {
	r := decodeRecord(b)
	return !r.over(now.UnixNano())
}

func ParseAccount(b []byte) bool {
	_, ok := parseAccount(b)
	return ok
}

func ParseEvents(b []byte, at uint64) ([]backend.Event, bool) { return parseEvents(b, at) }

func AppendEvent(b []byte, at uint64, ev backend.Event) []byte {
	return appendEvent(b, at, ev.Kind, ev.Key)
}

// EntryPath is where the file of a key is, LeasePath where its lease is.
func (s *Store) EntryPath(key string) string { return s.path(place(key), entryExt) }

func (s *Store) LeasePath(key string) string { return s.path(place(key), leaseExt) }

// ShardDir is the directory that the key's files are in.
func (s *Store) ShardDir(key string) string { return s.shardDir(place(key).shard) }

// Used is what MaxBytes bounds.
func (s *Store) Used() (int64, error) { return s.used() }

// Reader reads the events as a hub does.
type Reader struct{ r ringReader }

// NewReader begins at the end of what was told.
func (s *Store) NewReader() (*Reader, error) {
	r := &Reader{ringReader{ring: ring{path: s.ring.path}}}
	return r, r.r.start()
}

func (r *Reader) Read() ([]backend.Event, error) { return r.r.read() }

func (r *Reader) Close() { r.r.ring.close() }

// RingPath is where the events are.
func (s *Store) RingPath() string { return s.ring.path }
