package keyform

import (
	"crypto/sha256"
	"strconv"
	"strings"
)

// Parts are what a stored key was made of, as far as that can be told from it.
type Parts struct {
	Namespace, Name, Version, Key Part

	// Prefix is what [Prefix] returned for the function: all its stored keys
	// begin with it, and no others do.
	Prefix string
}

// Part is one part of a stored key. A long or unprintable one is stored by its
// SHA-256, from which there is no way back.
type Part struct {
	Text   string // the part, or 64 hexadecimal digits
	Hashed bool
}

// Is says whether this part was made of text.
func (p Part) Is(text string) bool {
	if !p.Hashed {
		return p.Text == text
	}
	stored, _, ok := cutPart(string(appendPart(nil, text)))
	return ok && stored == p
}

// String returns the text, or "#" and the hexadecimal digits.
func (p Part) String() string {
	if p.Hashed {
		return "#" + p.Text
	}
	return p.Text
}

// Parse takes a stored key apart. It returns false for every text that [Stored]
// can't have made, such as a key that another program put into the same store.
func Parse(stored string) (Parts, bool) {
	rest, ok := strings.CutPrefix(stored, Root)
	if !ok {
		return Parts{}, false
	}
	var p Parts
	if p.Namespace, rest, ok = cutPart(rest); !ok {
		return Parts{}, false
	}
	if p.Name, rest, ok = cutPart(rest); !ok {
		return Parts{}, false
	}
	p.Prefix = stored[:len(stored)-len(rest)]
	if p.Version, rest, ok = cutPart(rest); !ok || rest == "" {
		return Parts{}, false
	}
	switch key := rest[1:]; {
	case rest[0] == '=' && len(key) <= maxKey && printable([]byte(key)):
		p.Key = Part{Text: key}
	case rest[0] == '#' && isSum(key):
		p.Key = Part{Text: key, Hashed: true}
	default:
		return Parts{}, false
	}
	return p, true
}

// cutPart undoes appendPart.
func cutPart(s string) (p Part, rest string, ok bool) {
	head, rest, ok := strings.Cut(s, ":")
	if !ok {
		return Part{}, "", false
	}
	if sum, hashed := strings.CutPrefix(head, "#"); hashed {
		return Part{Text: sum, Hashed: true}, rest, isSum(sum)
	}
	n, err := strconv.Atoi(head)
	if err != nil || n < 0 || n > maxPart || strconv.Itoa(n) != head || len(rest) <= n || rest[n] != ':' {
		return Part{}, "", false
	}
	text := rest[:n]
	return Part{Text: text}, rest[n+1:], printable([]byte(text))
}

// isSum says whether s is a SHA-256 as it is written here.
func isSum(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}
