package mongobackend_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cachier-go/cachier/backend/mongobackend"
)

// The range of a prefix holds the keys that begin with it and no others,
// whatever characters are at its edges, or cut there.
func TestBounds(t *testing.T) {
	characters := []rune{' ', 'a', '\x7f', 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10fffe, utf8.MaxRune}
	var keys []string
	for _, a := range characters {
		keys = append(keys, string(a))
		for _, b := range characters {
			keys = append(keys, string(a)+string(b), string(a)+string(b)+"x")
		}
	}
	prefixes := map[string]bool{"": true, "nothing": true}
	for _, key := range keys {
		for i := range len(key) + 1 {
			prefixes[key[:i]] = true
		}
	}
	for prefix := range prefixes {
		from, to := mongobackend.Bounds(prefix)
		if !utf8.ValidString(from) || !utf8.ValidString(to) {
			t.Errorf("%q: from %q to %q", prefix, from, to)
		}
		for _, key := range keys {
			if in := key >= from && (to == "" || key < to); in != strings.HasPrefix(key, prefix) {
				t.Errorf("%q: from %q to %q has %q: %v", prefix, from, to, key, in)
			}
		}
	}
}
