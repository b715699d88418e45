package s3backend

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Where objects are: Options.Prefix, the layout, and a name of letters, digits,
// '-', '_' and '.', which neither URLs nor the file systems under a gateway give
// a meaning to. It has no slash, so that no object stands in the way of another
// one on a file system.
const (
	layout = "v1/" // changes when older releases couldn't make sense of the objects

	// maxName is how long a name may be, so that it is one of a file.
	maxName = 200
	// cutName is where a longer one is cut, but for the end of an escape.
	cutName = 120
	// listName is how much of a name a listing can ask for, so that it finds
	// names that were cut, too.
	listName = cutName - 2

	cutMark = "__" // an underscore begins an escape, and these are no digits
)

const digits = "0123456789abcdef"

// escape writes all but letters, digits, '-' and a '.' behind one of those as an
// underscore and two digits. It goes byte by byte, so that what begins with a
// prefix begins with the escaped prefix.
func escape(key string) string {
	var b strings.Builder
	plain := false // whether the byte before was a letter or a digit
	for i := range len(key) {
		c := key[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			plain = true
			b.WriteByte(c)
			continue
		case c == '-', c == '.' && plain:
			b.WriteByte(c)
		default:
			b.WriteByte('_')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
		plain = false
	}
	return b.String()
}

// cut returns the first bytes of an escaped text, at most n, and no part of an
// escape.
func cut(escaped string, n int) string {
	if len(escaped) <= n {
		return escaped
	}
	for i := n - 1; i >= n-2; i-- {
		if escaped[i] == '_' {
			return escaped[:i]
		}
	}
	return escaped[:n]
}

// nameOf returns the name of a key's object: what is too long is cut and has the
// key's hash behind it.
func nameOf(key string) string {
	name := escape(key)
	if len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(key))
	return cut(name, cutName) + cutMark + hex.EncodeToString(sum[:])
}

// keyOf returns the key of a name; whole says that it is in the name, and isn't
// when that was cut. Where ok is false, the name isn't ours.
func keyOf(name string) (key string, whole, ok bool) {
	if head, sum, is := strings.Cut(name, cutMark); is {
		return "", false, len(sum) == 2*sha256.Size && cut(head, cutName) == head
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '_' {
			if i+2 >= len(name) {
				return "", false, false
			}
			raw, err := hex.DecodeString(name[i+1 : i+3])
			if err != nil {
				return "", false, false
			}
			c = raw[0]
			i += 2
		}
		b.WriteByte(c)
	}
	// Only one name is that of a key: what somebody wrote otherwise isn't ours.
	return b.String(), true, b.Len() > 0 && nameOf(b.String()) == name
}

// object is the full name of a key's object.
func (b *Backend) object(key string) string { return b.place + nameOf(key) }
