package trace

import (
	"fmt"
	"io"
)

// whole refuses lines that are too long, and quotes left open at the end of a
// line: the CSV reader would take the rest of the file into memory.
type whole struct {
	r    io.Reader
	name string
	line int64 // lines that ended
	n    int   // bytes of the current line
	open bool  // within quotes
	err  error
}

func (w *whole) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.r.Read(p)
	start := 0
	for i, c := range p[:n] {
		w.n++
		what := ""
		switch {
		case c == '"':
			w.open = !w.open
		case c == '\n' && w.open:
			what = "has a quote that isn't closed"
		case c == '\n':
			start, w.n = i+1, 0
			w.line++
		}
		if w.n > longest {
			what = fmt.Sprintf("is longer than %d MiB", longest>>20)
		}
		if what != "" {
			// The lines before it are read first: they may be wrong too.
			w.err = &Error{Name: w.name, Line: w.line + 1, Offset: -1, What: what, Want: wantCSV}
			return start, w.err
		}
	}
	return n, err
}
