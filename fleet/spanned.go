package fleet

import (
	"encoding/binary"
	"time"
)

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
