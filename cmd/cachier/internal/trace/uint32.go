package trace

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// uint32s reads big-endian keys of four bytes.
type uint32s struct {
	r      *bufio.Reader
	name   string
	offset int64
}

func (u *uint32s) columns() Columns { return Columns{} }

func (u *uint32s) next(a *Access) error {
	b, err := u.r.Peek(4)
	if len(b) < 4 {
		if err == io.EOF && len(b) > 0 {
			return &Error{
				Name: u.name, Offset: u.offset,
				What: fmt.Sprintf("the file ends within a key, %d of its 4 bytes are missing", 4-len(b)),
				Want: "big-endian uint32 keys and nothing else",
			}
		}
		return err
	}
	*a = Access{ID: uint64(binary.BigEndian.Uint32(b)), Size: -1, Cost: -1}
	u.offset += 4
	_, err = u.r.Discard(4)
	return err
}
