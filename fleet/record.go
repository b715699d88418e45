package fleet

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"sync"
)

// A record is its kind, a checksum of the rest, and the rest. The kinds end in
// the version of their format. All versions begin records like this, so that each
// can tell what is damaged from what a newer one wrote, and leave that alone.
const (
	kindRoster = "cfr1" // JSON of a roster
	kindTotal  = "cft1" // a head in JSON and packed snapshots, compressed
	kindSpan   = "cfs1" // a packed span
)

// ErrNewerVersion is in the errors of [Publish] and of a [View] when a newer
// version of this package has written the roster, or the record of the starts
// that are gone, in a format that this one can't read. It is then left as it is.
// A start that is on the roster already goes on writing records of its own.
var ErrNewerVersion = errors.New("fleet: a newer version of this package wrote this, in a format that this one can't read")

// errRecord is why a record is skipped.
var errRecord = errors.New("fleet: a record is damaged, or of another program")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func seal(kind string, body []byte) []byte {
	out := append(make([]byte, 0, 8+len(body)), kind...)
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(body, castagnoli))
	return append(out, body...)
}

func unseal(kind string, record []byte) ([]byte, error) {
	if len(record) < 8 || string(record[:3]) != kind[:3] || binary.LittleEndian.Uint32(record[4:]) != crc32.Checksum(record[8:], castagnoli) {
		return nil, errRecord
	}
	switch {
	case record[3] > kind[3]:
		return nil, ErrNewerVersion
	case record[3] < kind[3]:
		return nil, errRecord // there was none before 1
	}
	return record[8:], nil
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
