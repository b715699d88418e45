package statsdexport

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Escape returns a name as one segment of a StatsD name, which every server
// keeps as it is. Letters, digits and underscores stay; a dot becomes "--", as
// dots separate segments; any other byte becomes "-" and two hexadecimal digits;
// the empty name is "-". Different names have different segments:
//
//	users.fetch   users--fetch
//	top-10        top-2D10
//
// A label of a function is its escaped name, "=", and its escaped value.
func Escape(name string) string { return string(appendSegment(nil, name)) }

// Unescape returns the name of which Escape made a segment; an error for what
// isn't one.
func Unescape(segment string) (string, error) {
	if segment == "-" {
		return "", nil
	}
	var name strings.Builder
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		switch {
		case alphanumeric(c) || c == '_':
		case c == '-' && strings.HasPrefix(segment[i:], "--"):
			c = '.'
			i++
		case c == '-' && len(segment) > i+2 && unhex(segment[i+1]) < 16 && unhex(segment[i+2]) < 16:
			c = unhex(segment[i+1])<<4 | unhex(segment[i+2])
			i += 2
		default:
			return "", fmt.Errorf("statsdexport: %q is no escaped name", segment)
		}
		name.WriteByte(c)
	}
	if name.Len() == 0 || Escape(name.String()) != segment {
		return "", fmt.Errorf("statsdexport: %q is no escaped name", segment)
	}
	return name.String(), nil
}

const hexDigits = "0123456789ABCDEF"

func appendSegment(buf []byte, name string) []byte {
	if name == "" {
		return append(buf, '-')
	}
	for i := range len(name) {
		switch c := name[i]; {
		case alphanumeric(c) || c == '_':
			buf = append(buf, c)
		case c == '.':
			buf = append(buf, "--"...)
		default:
			buf = append(buf, '-', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return buf
}

// appendTagValue appends a value as DogStatsD can carry it: what ends a tag or a
// line, the percent sign, and what is no UTF-8 becomes "%" and two hexadecimal
// digits. An empty value, which servers take for a mistake, is "%".
func appendTagValue(buf []byte, value string) []byte {
	if value == "" {
		return append(buf, '%')
	}
	text := utf8.ValidString(value)
	for i := range len(value) {
		c := value[i]
		if c < ' ' || c == 0x7f || c == ',' || c == '|' || c == '%' || c >= utf8.RuneSelf && !text {
			buf = append(buf, '%', hexDigits[c>>4], hexDigits[c&15])
		} else {
			buf = append(buf, c)
		}
	}
	return buf
}

// appendTagName is the like for the name of a tag, which a colon ends and which
// has letters, digits, underscores, dots and minuses as they are.
func appendTagName(buf []byte, name string) []byte {
	for i := range len(name) {
		if c := name[i]; alphanumeric(c) || c == '_' || c == '.' || c == '-' {
			buf = append(buf, c)
		} else {
			buf = append(buf, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return buf
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// unhex is the value of a hexadecimal digit in upper case; 16 for any other byte.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	default:
		return 16
	}
}
