package envelope

import "encoding/binary"

// Seal makes the checksum of a Meta right again, so that a test can write what
// a newer release would.
func Seal(meta, value []byte) []byte {
	binary.BigEndian.PutUint32(meta[7:], metaSum(meta, len(value)))
	return meta
}
