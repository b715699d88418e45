package filebackend

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// ring is the file in which all who share the directory tell what they did, for
// those who watch. It holds the last of an endless stream: the byte at position p
// of the stream is at ringStart + p%ringLen. The file begins with the position
// at which the stream ends, and its checksum. A record is
//
//	 0  CRC-32C of what follows, uint32
//	 4  kind, uint8; zero, uint8; length of the key, uint16
//	 8  its position in the stream, uint64
//	16  the key
//
// Who appends holds the file's lock; who reads holds nothing, and finds by
// position and checksum whether it was fast enough. Losing events is allowed,
// hence nobody waits here for long, and no error gets out.
type ring struct {
	path string

	mu   sync.Mutex // protects what follows; within it, the file's lock
	file *os.File   // opened at the first use
	owed bool       // something was lost: a gap has to be told first
}

const (
	ringStart   = 64
	ringLen     = 256 << 10
	ringRecord  = 16
	ringLongest = ringRecord + 1024 // longer keys are told as a gap
	ringPatient = 2 * time.Millisecond
)

// tell appends an event. It is called within the critical section of the key's
// shard, so that the events of a key are in the order in which they happened.
func (s *Store) tell(kind backend.EventKind, key string) {
	s.ring.append(kind, key)
	s.hub.nudge()
}

// owe makes the next append begin with a gap.
func (r *ring) owe() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.owed = true
}

func (r *ring) append(kind backend.EventKind, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(key) > ringLongest-ringRecord {
		kind, key = backend.EventGap, ""
	}
	if r.write(kind, key) != nil {
		r.owed = true
	}
}

// write appends an event, and a gap before it where one is owed; mu is held. It
// clears owed as soon as the gap is told.
func (r *ring) write(kind backend.EventKind, key string) error {
	if err := r.open(os.O_CREATE); err != nil {
		return err
	}
	if err := r.lock(); err != nil {
		return err
	}
	defer unlock(r.file)
	end, ok, err := r.end()
	if err != nil {
		return err
	}
	if !ok {
		end = rand.Uint64N(1<<40) << 20 // far from where any reader is
	}
	var b []byte
	if r.owed && kind != backend.EventGap {
		b = appendEvent(b, end, backend.EventGap, "")
	}
	b = appendEvent(b, end+uint64(len(b)), kind, key)
	at := int64(end % ringLen)
	first := min(int64(len(b)), ringLen-at)
	if _, err := r.file.WriteAt(b[:first], ringStart+at); err != nil {
		return err
	}
	if first < int64(len(b)) {
		if _, err := r.file.WriteAt(b[first:], ringStart); err != nil {
			return err
		}
	}
	var start [12]byte
	binary.LittleEndian.PutUint64(start[:], end+uint64(len(b)))
	binary.LittleEndian.PutUint32(start[8:], crc32.Checksum(start[:8], castagnoli))
	if _, err = r.file.WriteAt(start[:], 0); err == nil {
		r.owed = false
	}
	return err
}

func appendEvent(b []byte, at uint64, kind backend.EventKind, key string) []byte {
	le, start := binary.LittleEndian, len(b)
	b = le.AppendUint32(b, 0)
	b = append(b, byte(kind), 0)
	b = le.AppendUint16(b, uint16(len(key)))
	b = le.AppendUint64(b, at)
	b = append(b, key...)
	le.PutUint32(b[start:], crc32.Checksum(b[start+4:], castagnoli))
	return b
}

// open makes sure that file is the one that others see; mu is held.
func (r *ring) open(flag int) error {
	if r.file != nil && !unlinked(r.file) {
		return nil
	}
	f, err := os.OpenFile(r.path, os.O_RDWR|flag, fileMode)
	if err != nil {
		return err
	}
	if r.file != nil {
		_ = r.file.Close()
	}
	r.file = f
	return nil
}

// lock takes the file's lock, but waits only as long as somebody who isn't
// stopped may hold it.
func (r *ring) lock() error {
	for end := time.Now().Add(ringPatient); ; time.Sleep(50 * time.Microsecond) {
		ok, err := tryLock(r.file)
		if ok || err != nil {
			return err
		}
		if time.Now().After(end) {
			return errors.New("filebackend: somebody is slow")
		}
	}
}

// end reads where the stream ends; not ok in a file that nobody has written to.
func (r *ring) end() (uint64, bool, error) {
	var b [12]byte
	n, err := r.file.ReadAt(b[:], 0)
	if err != nil && err != io.EOF {
		return 0, false, err
	}
	ok := n == len(b) && binary.LittleEndian.Uint32(b[8:]) == crc32.Checksum(b[:8], castagnoli)
	return binary.LittleEndian.Uint64(b[:]), ok, nil
}

func (r *ring) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil {
		_ = r.file.Close()
		r.file = nil
	}
}

// ringReader reads the stream from where it stood when it was made.
type ringReader struct {
	ring ring // only its file, opened for this reader alone
	at   uint64
	ok   bool // at is a position in this file
}

// start goes to the end of the stream.
func (r *ringReader) start() error {
	if err := r.ring.open(os.O_CREATE); err != nil {
		return err
	}
	end, ok, err := r.ring.end()
	r.at, r.ok = end, ok
	return err
}

// read returns what was appended since, beginning with a gap if something may
// have been missed.
func (r *ringReader) read() ([]backend.Event, error) {
	gap := []backend.Event{{Kind: backend.EventGap}}
	if unlinked(r.ring.file) {
		if err := r.start(); err != nil {
			return nil, err
		}
		return gap, nil
	}
	end, ok, err := r.ring.end()
	switch {
	case err != nil || !ok || r.ok && end == r.at:
		return nil, err
	case !r.ok: // the first events of all
		r.at, r.ok = end, true
		return gap, nil
	case end < r.at || end-r.at > ringLen-2*ringLongest:
		r.at = end
		return gap, nil
	}
	b := make([]byte, end-r.at)
	at := int64(r.at % ringLen)
	first := min(int64(len(b)), ringLen-at)
	if _, err := r.ring.file.ReadAt(b[:first], ringStart+at); err != nil && err != io.EOF {
		return nil, err
	}
	if _, err := r.ring.file.ReadAt(b[first:], ringStart); err != nil && err != io.EOF {
		return nil, err
	}
	events, ok := parseEvents(b, r.at)
	r.at = end
	if !ok { // overwritten meanwhile
		return gap, nil
	}
	return events, nil
}

// parseEvents reads the events in a piece of the stream.
func parseEvents(b []byte, at uint64) ([]backend.Event, bool) {
	le := binary.LittleEndian
	var events []backend.Event
	for len(b) > 0 {
		if len(b) < ringRecord {
			return nil, false
		}
		n := ringRecord + int(le.Uint16(b[6:]))
		if len(b) < n || le.Uint64(b[8:]) != at || le.Uint32(b) != crc32.Checksum(b[4:n], castagnoli) {
			return nil, false
		}
		events = append(events, backend.Event{Kind: backend.EventKind(b[4]), Key: string(b[ringRecord:n])})
		b, at = b[n:], at+uint64(n)
	}
	return events, true
}
