package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
)

// longest is the most bytes of one line. It is far above any real one, and
// keeps a file without line ends from being read into memory as a whole.
const longest = 16 << 20

// lines yields the lines of a text that aren't empty, without their ends.
type lines struct {
	name    string
	scanner *bufio.Scanner
	line    int64 // of the last one returned, from 1
}

func newLines(r *bufio.Reader, name string) *lines {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), longest)
	return &lines{name: name, scanner: s}
}

// next returns a line, which holds until the next call, or nil at the end or
// when reading failed.
func (l *lines) next() ([]byte, error) {
	for l.scanner.Scan() {
		text := l.scanner.Bytes()
		if l.line++; l.line == 1 {
			text = bytes.TrimPrefix(text, bom)
		}
		if len(text) > 0 {
			return text, nil
		}
	}
	err := l.scanner.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		l.line++
		return nil, l.wrong(fmt.Sprintf("is longer than %d MiB", longest>>20), "shorter lines")
	}
	return nil, err
}

func (l *lines) wrong(what, want string) error {
	return &Error{Name: l.name, Line: l.line, Offset: -1, What: what, Want: want}
}
