package otelexport

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// mark is U+FFFD, which stands for what isn't text.
const mark = string(utf8.RuneError)

// Escape returns a name as an attribute has it. OpenTelemetry's protocol takes
// valid UTF-8 only, so a byte that isn't part of any becomes U+FFFD and two
// hexadecimal digits, and U+FFFD itself becomes two of them. Every other name stays
// as it is, and different names stay different.
func Escape(name string) string {
	if utf8.ValidString(name) && !strings.Contains(name, mark) {
		return name
	}
	var escaped strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&escaped, "%s%02X", mark, name[i])
		case r == utf8.RuneError:
			escaped.WriteString(mark + mark)
		default:
			escaped.WriteRune(r)
		}
		i += n
	}
	return escaped.String()
}

// Unescape returns the name that Escape made an attribute of; an error for what
// it can't have made.
func Unescape(attribute string) (string, error) {
	var name strings.Builder
	for rest := attribute; rest != ""; {
		text, after, found := strings.Cut(rest, mark)
		name.WriteString(text)
		rest = after
		if !found {
			break
		}
		if literal, ok := strings.CutPrefix(rest, mark); ok {
			name.WriteString(mark)
			rest = literal
			continue
		}
		digits := rest[:min(2, len(rest))]
		b, _ := hex.DecodeString(digits) // what is wrong with it is seen in the end
		name.Write(b)
		rest = rest[len(digits):]
	}
	if Escape(name.String()) != attribute {
		return "", fmt.Errorf("otelexport: %q is no escaped name", attribute)
	}
	return name.String(), nil
}
