package cwdata_test

import (
	"strings"
	"testing"

	"github.com/cachier-go/cachier/export/internal/cwdata"
)

func FuzzEscape(f *testing.F) {
	for _, text := range []string{"", " ", "%", "%20", "%2", ":", ":a", "a:b", " a ", "users.fetch", "größe", "\xff\n", "\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		escaped := cwdata.Escape(text)
		if escaped == "" || escaped[0] == ':' || strings.TrimSpace(escaped) != escaped ||
			strings.ContainsFunc(escaped, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Errorf("%q becomes %q, which CloudWatch refuses", text, escaped)
		}
		if back, err := cwdata.Unescape(escaped); err != nil || back != text {
			t.Errorf("%q becomes %q, and that %q (%v)", text, escaped, back, err)
		}
		// What isn't escaped is an error, so that no two mean the same.
		if back, err := cwdata.Unescape(text); err == nil && cwdata.Escape(back) != text {
			t.Errorf("%q is taken for %q", text, back)
		}
	})
}
