package fleet

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// A record is its kind, a checksum of the rest, and the rest. The kinds end in
// their version; a reader skips those it doesn't know.
const (
	kindRoster = "cfr1" // JSON of a roster
	kindTotal  = "cft1" // a head in JSON and packed snapshots, compressed
	kindSpan   = "cfs1" // a packed span
)

// errRecord is why a record is skipped.
var errRecord = errors.New("fleet: a record is damaged, or of another program")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func seal(kind string, body []byte) []byte {
	out := append(make([]byte, 0, 8+len(body)), kind...)
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(body, castagnoli))
	return append(out, body...)
}

func unseal(kind string, record []byte) ([]byte, error) {
	if len(record) < 8 || string(record[:4]) != kind || binary.LittleEndian.Uint32(record[4:]) != crc32.Checksum(record[8:], castagnoli) {
		return nil, errRecord
	}
	return record[8:], nil
}

// total is everything that a start has counted, or several have that are gone.
// Fields are added, never renamed.
type total struct {
	ID        string            `json:"id,omitempty"`
	Instance  string            `json:"instance,omitempty"`
	Version   string            `json:"version,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	Started   int64             `json:"started,omitempty"` // milliseconds since 1970 on its own clock, as all times
	At        int64             `json:"at,omitempty"`
	Every     int64             `json:"every,omitempty"`  // between two writes, in milliseconds
	Closed    bool              `json:"closed,omitempty"` // it has ended in order
	Layout    string            `json:"layout"`
	Functions []function        `json:"functions"`
	Folded    map[string]int64  `json:"folded,omitempty"` // starts that are in it, and when they were folded
}

// function is one of a total. Its place among the functions is its number in the
// start's other records.
type function struct {
	Name     string            `json:"name"`
	Backend  string            `json:"backend,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Start    int64             `json:"start"`
	Sampling metrics.Sampling  `json:"sampling"`
	Gauges   json.RawMessage   `json:"gauges,omitempty"`
	Length   int               `json:"length"` // of its packed counts

	packed []byte
}

// mostBytes bounds what a record may say that it holds.
const mostBytes = 256 << 20

// compressors are large, and only needed for a moment. Their level is where more
// effort makes records no smaller.
var compressors = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, 5)
	if err != nil {
		panic(err) // there is that level
	}
	return w
}}

func (t *total) encode() ([]byte, error) {
	var packed []byte
	for i := range t.Functions {
		f := &t.Functions[i]
		f.Length = len(f.packed)
		packed = append(packed, f.packed...)
	}
	head, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	return seal(kindTotal, compress(slices.Concat(binary.AppendUvarint(nil, uint64(len(head))), head, packed))), nil
}

func compress(data []byte) []byte {
	var out bytes.Buffer
	w := compressors.Get().(*flate.Writer)
	defer compressors.Put(w)
	w.Reset(&out)
	_, _ = w.Write(data) // into memory
	_ = w.Close()
	return out.Bytes()
}

func decompress(data []byte) ([]byte, error) {
	all, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), mostBytes))
	if err != nil {
		return nil, errRecord
	}
	return all, nil
}

func decodeTotal(record []byte) (*total, error) {
	body, err := unseal(kindTotal, record)
	if err != nil {
		return nil, err
	}
	all, err := decompress(body)
	if err != nil {
		return nil, err
	}
	length, n := binary.Uvarint(all)
	if n <= 0 || length > uint64(len(all)-n) {
		return nil, errRecord
	}
	t := new(total)
	if err := json.Unmarshal(all[n:n+int(length)], t); err != nil {
		return nil, errRecord
	}
	rest := all[n+int(length):]
	for i := range t.Functions {
		f := &t.Functions[i]
		if f.Length < 0 || f.Length > len(rest) {
			return nil, errRecord
		}
		f.packed, rest = rest[:f.Length], rest[f.Length:]
	}
	return t, nil
}

// spanned is what a start has counted in a minute or an hour.
type spanned struct {
	from, to time.Time // on its own clock
	layout   string    // the ID
	counts   []counted // by rising number
}

type counted struct {
	number int // of the function
	packed []byte
}

func (s *spanned) encode() []byte {
	body := append(make([]byte, 0, 4096), s.layout...)
	body = binary.AppendVarint(body, s.from.UnixMilli())
	body = binary.AppendUvarint(body, uint64(max(0, s.to.UnixMilli()-s.from.UnixMilli())))
	last := -1
	for _, c := range s.counts {
		body = binary.AppendUvarint(body, uint64(c.number-last))
		body = binary.AppendUvarint(body, uint64(len(c.packed)))
		body = append(body, c.packed...)
		last = c.number
	}
	return seal(kindSpan, compress(body))
}

const idLength = 16 // of a layout's ID

func decodeSpan(record []byte) (s spanned, err error) {
	body, err := unseal(kindSpan, record)
	if err == nil {
		body, err = decompress(body)
	}
	if err != nil || len(body) < idLength {
		return s, errRecord
	}
	s.layout, body = string(body[:idLength]), body[idLength:]
	take := func(n int) {
		if n <= 0 {
			err, body = errRecord, nil
			return
		}
		body = body[n:]
	}
	from, n := binary.Varint(body)
	take(n)
	long, n := binary.Uvarint(body)
	take(n)
	s.from = time.UnixMilli(from)
	s.to = time.UnixMilli(from + int64(min(long, 1<<40)))
	last := -1
	for err == nil && len(body) > 0 {
		gap, n := binary.Uvarint(body)
		take(n)
		length, n := binary.Uvarint(body)
		take(n)
		if err != nil || gap == 0 || gap > mostFunctions || length > uint64(len(body)) {
			return s, errRecord
		}
		last += int(gap)
		s.counts = append(s.counts, counted{last, body[:length]})
		body = body[length:]
	}
	return s, err
}

// mostFunctions bounds the functions of one start.
const mostFunctions = 1 << 20
