package cwdata

import (
	"fmt"
	"strings"
)

// Escape returns text as CloudWatch takes it for the name or the value of a
// dimension: printable ASCII that doesn't begin with a colon. Any other byte, the
// percent sign, and a space at either end become "%" and two hexadecimal digits;
// the empty text is "%". Different texts stay different.
func Escape(text string) string {
	if text == "" {
		return "%"
	}
	if !strings.ContainsFunc(text, suspicious) {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c > '~' || c == '%' || c == ':' && i == 0 || c == ' ' && (i == 0 || i == len(text)-1) {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// suspicious tells what Escape has to look at more closely.
func suspicious(c rune) bool { return c <= ' ' || c > '~' || c == '%' || c == ':' }

// Unescape returns the text of which Escape made escaped; an error for what
// Escape doesn't make.
func Unescape(escaped string) (string, error) {
	if escaped == "%" {
		return "", nil
	}
	var b strings.Builder
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		if c == '%' {
			if len(escaped) < i+3 {
				return "", notEscaped(escaped)
			}
			high, low := strings.IndexByte(hexDigits, escaped[i+1]), strings.IndexByte(hexDigits, escaped[i+2])
			if high < 0 || low < 0 {
				return "", notEscaped(escaped)
			}
			c = byte(high<<4 | low)
			i += 2
		}
		b.WriteByte(c)
	}
	if b.Len() == 0 || Escape(b.String()) != escaped {
		return "", notEscaped(escaped)
	}
	return b.String(), nil
}

const hexDigits = "0123456789ABCDEF"

func notEscaped(text string) error { return fmt.Errorf("%q is not an escaped text", text) }
