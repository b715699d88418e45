package keyform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// Root begins every stored key, of whatever function; another layout of
	// keys gets another one.
	Root = "c1:"

	// maxPart and maxKey are how long a part and the key may be, in bytes, to
	// be stored as they are. Longer ones are stored by their SHA-256.
	maxPart = 100
	maxKey  = 200
)

// Prefix returns what all stored keys of one function begin with, whatever the
// value version, and no stored key of any other function.
//
// It is [Root], namespace and name. Each part is preceded by its length, so no
// Prefix is the beginning of another one: "c1:4:shop:11:users.fetch:".
func Prefix(namespace, name string) string {
	dst := make([]byte, 0, 128)
	dst = append(dst, Root...)
	dst = appendPart(dst, namespace)
	dst = appendPart(dst, name)
	return string(dst)
}

// VersionPrefix is [Prefix] followed by the value version: what [Join] expects.
func VersionPrefix(namespace, name, version string) string {
	return string(appendPart([]byte(Prefix(namespace, name)), version))
}

// sizeRoot begins the keys of what functions have stored in all. It is no
// [Root], so that none of them is an entry of a function.
const sizeRoot = "c1.size:"

// SizeKey returns the key under which the processes that share a store leave
// word of how much a function has stored there. It isn't under the [Prefix] of
// any function, and [Parse] refuses it.
func SizeKey(namespace, name string) string {
	return sizeRoot + strings.TrimPrefix(Prefix(namespace, name), Root)
}

// IsSizeKey reports whether a stored key is one that [SizeKey] returns.
func IsSizeKey(stored string) bool { return strings.HasPrefix(stored, sizeRoot) }

// Stored returns the key under which a shared store keeps an entry: [Root],
// namespace, name, value version and key, such as
// "c1:4:shop:11:users.fetch:2:v3:=42". Different inputs give different keys.
// The result is printable UTF-8 and at most 3*105+205 bytes long, whatever the
// inputs are.
func Stored(namespace, name, version string, key []byte) string {
	return Join(VersionPrefix(namespace, name, version), key)
}

// Join appends a key to a [VersionPrefix]: "=" and the key as it is, if it is
// printable and at most 200 bytes long, else "#" and its SHA-256 in hexadecimal.
func Join(prefix string, key []byte) string {
	dst := make([]byte, 0, len(prefix)+1+max(len(key), 2*sha256.Size))
	dst = append(dst, prefix...)
	if len(key) <= maxKey && printable(key) {
		dst = append(dst, '=')
		return string(append(dst, key...))
	}
	sum := sha256.Sum256(key)
	return string(hex.AppendEncode(append(dst, '#'), sum[:]))
}

// appendPart appends length, colon, part and colon, or "#", the SHA-256 and a
// colon where the part is long or not printable. No part so encoded is the
// beginning of another one: lengths have no leading zeros, and what follows a
// length is that long.
func appendPart(dst []byte, part string) []byte {
	if len(part) > maxPart || !printable([]byte(part)) {
		sum := sha256.Sum256([]byte(part))
		dst = hex.AppendEncode(append(dst, '#'), sum[:])
		return append(dst, ':')
	}
	dst = strconv.AppendInt(dst, int64(len(part)), 10)
	dst = append(dst, ':')
	dst = append(dst, part...)
	return append(dst, ':')
}

// printable says that every store and every screen can take the text as it is.
func printable(text []byte) bool {
	for len(text) > 0 {
		if c := text[0]; c < utf8.RuneSelf {
			if c < ' ' || c > '~' {
				return false
			}
			text = text[1:]
			continue
		}
		r, n := utf8.DecodeRune(text)
		if n == 1 || !unicode.IsPrint(r) { // one byte: not UTF-8
			return false
		}
		text = text[n:]
	}
	return true
}

// StableHash returns a hash that is the same in every process and release, for
// what is compared between processes, such as the spatial sample. It is no
// defence against chosen keys.
//
// It is FNV-1a (Fowler, Noll and Vo) over the bytes, finished by the mixer of
// MurmurHash3 (Appleby), because FNV alone leaves the high bits of short keys
// nearly equal.
func StableHash(key string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 0x100000001b3
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// ShortHash returns eight hexadecimal digits that stand for a key in errors,
// logs and pages: the high half of its [StableHash].
func ShortHash(key string) string {
	return Short(StableHash(key))
}

// Short is [ShortHash] for a hash that is known already.
func Short(hash uint64) string {
	return fmt.Sprintf("%08x", hash>>32)
}
