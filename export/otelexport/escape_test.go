package otelexport_test

import (
	"testing"
	"unicode/utf8"

	"github.com/cachier-go/cachier/export/otelexport"
)

func FuzzEscape(f *testing.F) {
	for _, name := range []string{"", "users.fetch", "größe", "\xff", "a\xfe\xffb", "\uFFFD", "\uFFFDFF", "\xe2\x82", "\x00", "名前"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		escaped := otelexport.Escape(name)
		if !utf8.ValidString(escaped) {
			t.Errorf("%q becomes %q, which is no UTF-8", name, escaped)
		}
		if back, err := otelexport.Unescape(escaped); err != nil || back != name {
			t.Errorf("%q becomes %q, and that %q (%v)", name, escaped, back, err)
		}
		// What is no escaped name is an error, so that no two mean the same.
		if back, err := otelexport.Unescape(name); err == nil && otelexport.Escape(back) != name {
			t.Errorf("%q is taken for %q", name, back)
		}
	})
}

func TestUnescapeRefuses(t *testing.T) {
	for _, text := range []string{"\xff", "\uFFFD", "\uFFFDa", "\uFFFDff", "\uFFFD41", "\uFFFD F", "\uFFFD+F"} {
		if name, err := otelexport.Unescape(text); err == nil {
			t.Errorf("%q is taken for %q", text, name)
		}
	}
}
