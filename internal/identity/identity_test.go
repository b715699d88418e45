package identity_test

import (
	"testing"

	"github.com/cachier-go/cachier/internal/identity"
)

// Names and labels that could be taken for each other are not.
func TestOf(t *testing.T) {
	type labels = map[string]string
	seen := map[string]int{}
	for i, function := range []struct {
		name   string
		labels labels
	}{
		{"f", nil},
		{"f", labels{"a": "b"}},
		{"f", labels{"a": "", "b": ""}},
		{"f", labels{"a": `" "b"="`}},
		{`f" "a"="b`, nil},
		{`f\`, nil},
		{"f\x00", nil},
		{"", nil},
		{"", labels{"": ""}},
	} {
		text := identity.Of(function.name, function.labels)
		if other, ok := seen[text]; ok {
			t.Errorf("%d and %d are both %s", other, i, text)
		}
		seen[text] = i
	}
	if a, b := identity.Of("f", labels{"a": "1", "b": "2"}), identity.Of("f", labels{"b": "2", "a": "1"}); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if identity.Of("f", nil) != identity.Of("f", labels{}) {
		t.Error("no labels are not the same as none")
	}
}
