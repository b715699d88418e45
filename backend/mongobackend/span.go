package mongobackend

import (
	"sort"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// span is a range of keys. MongoDB compares strings byte by byte where there is
// no collation, and takes only whole characters.
type span struct {
	from  string
	after bool   // from itself is outside
	to    string // outside; empty: there is no end
}

// under returns the range of the keys that begin with the prefix.
func under(prefix string) span {
	rest, last := cutLast(prefix)
	s := span{from: rest + character(first(last)), to: beyond(rest, last)}
	if prefix == "" {
		s.from, s.after = "", true // no key is empty
	}
	return s
}

// filter finds what is ours in the range, and what else is asked for.
func (s span) filter(more ...bson.E) bson.D {
	from := "$gte"
	if s.after {
		from = "$gt"
	}
	keys := bson.D{{Key: from, Value: s.from}}
	if s.to != "" {
		keys = append(keys, bson.E{Key: "$lt", Value: s.to})
	}
	return append(bson.D{{Key: idField, Value: keys}, {Key: formatField, Value: format}}, more...)
}

// cutLast takes the last character, or what there is of one, from a string.
func cutLast(s string) (rest, last string) {
	i := len(s) - 1
	for i > 0 && len(s)-i < utf8.UTFMax && !utf8.RuneStart(s[i]) {
		i--
	}
	return s[:max(i, 0)], s[max(i, 0):]
}

// characters is how many there are, counted with the surrogates, which are none.
const characters = utf8.MaxRune + 1

// character is one by its number; of the surrogates it is the next after them,
// so that greater numbers never have lesser bytes.
func character(n int) string {
	if n >= 0xd800 && n < 0xe000 {
		n = 0xe000
	}
	return string(rune(n))
}

// first is the number of the first character that isn't less than some bytes.
func first(bytes string) int {
	return sort.Search(characters-1, func(n int) bool { return character(n) >= bytes })
}

// beyond returns the first string after all that begin with rest and then last;
// empty: there is none.
func beyond(rest, last string) string {
	n := sort.Search(characters, func(n int) bool {
		c := character(n)
		return c > last && !strings.HasPrefix(c, last)
	})
	switch {
	case n < characters:
		return rest + character(n)
	case rest == "":
		return ""
	}
	return beyond(cutLast(rest))
}
