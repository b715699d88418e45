package trace

import (
	"bytes"
	"io"
)

// keys reads one key a line. Empty lines are no accesses.
type keys struct{ lines *lines }

func (k *keys) columns() Columns { return Columns{} }

func (k *keys) next(a *Access) error {
	text, err := k.lines.next()
	if err != nil {
		return err
	}
	if text == nil {
		return io.EOF
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return k.lines.wrong(quoted(text)+" holds a zero byte", "one key a line, as text (or --format uint32)")
	}
	*a = Access{Key: string(text), Size: -1, Cost: -1}
	return nil
}
