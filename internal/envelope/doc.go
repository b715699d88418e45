// Package envelope encodes what the cache keeps beside each stored value: the
// Meta of a backend.Entry. It says how the value is encoded, how long it is
// fresh, under which generation it was computed, and by its checksums whether
// value and Meta are still what was stored.
//
// Meta of format 1 is, with all integers big-endian:
//
//	0   2 bytes   0xCA 0xC1, the sign that this is ours
//	2   1 byte    format: 1
//	3   4 bytes   CRC-32C of the value
//	7   4 bytes   CRC-32C of all other bytes of Meta and the value's length
//	11  fields    tag (1 byte), length (uvarint), content
//
// Fields come in ascending order of their tags, each at most once. A reader
// skips unknown fields from tag 128 on; unknown fields below that change the
// meaning of the rest, so that only a newer release can read the entry.
package envelope
