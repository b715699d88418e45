package entries

import (
	"strings"

	"github.com/cachier-go/cachier/internal/keyform"
)

// Filter chooses functions. The zero value chooses all.
type Filter struct {
	Function  string // a name, or the beginning of names and *; empty: all
	Namespace string // likewise
}

// matches says whether the entry of a stored key is chosen.
func (f Filter) matches(p keyform.Parts) bool {
	return fits(f.Function, p.Name) && fits(f.Namespace, p.Namespace)
}

func fits(pattern string, p keyform.Part) bool {
	if pattern == "" {
		return true
	}
	if start, ok := strings.CutSuffix(pattern, "*"); ok && strings.HasPrefix(p.String(), start) {
		return true
	}
	return p.Is(pattern) || p.String() == pattern
}

// One says whether only one function of a namespace can be meant.
func (f Filter) One() bool { return f.Function != "" && !strings.HasSuffix(f.Function, "*") }

// String describes what is chosen: "of users.fetch in shop", or nothing.
func (f Filter) String() string {
	s := ""
	if f.Function != "" {
		s += " of " + f.Function
	}
	if f.Namespace != "" {
		s += " in " + f.Namespace
	}
	return s
}
