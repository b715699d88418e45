package trace

import (
	"fmt"
	"strconv"
	"strings"
)

// Error says what is wrong with a trace, where, and how it should look, in one
// line.
type Error struct {
	Name   string // the file
	Line   int64  // counted from 1; 0 where the format has no lines or the whole file is meant
	Offset int64  // bytes from the start of the decompressed data; -1 where Line says it, or the whole file is meant
	What   string // what is wrong
	Want   string // how it should look; may be empty
}

// Error returns "name: line 7: what is wrong; want how it should look".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Name)
	switch {
	case e.Line > 0:
		fmt.Fprintf(&b, ": line %d", e.Line)
	case e.Offset >= 0:
		fmt.Fprintf(&b, ": byte %d", e.Offset)
	}
	b.WriteString(": ")
	b.WriteString(e.What)
	if e.Want != "" {
		b.WriteString("; want ")
		b.WriteString(e.Want)
	}
	return b.String()
}

// quoted shows a piece of the file safely and briefly: a broken line can be
// megabytes long and hold control characters.
func quoted[T string | []byte](s T) string {
	const most = 40
	if len(s) > most {
		return strconv.Quote(string(s[:most])) + "..."
	}
	return strconv.Quote(string(s))
}
