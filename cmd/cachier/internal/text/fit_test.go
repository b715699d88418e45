package text_test

import (
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
)

func TestFit(t *testing.T) {
	const page = "one\ntwö two\n\nfour\n"
	for _, test := range []struct {
		width, height int
		want          string
	}{
		{80, 24, page},
		{7, 4, page},
		{6, 4, "one\ntwö t…\n\nfour\n"},
		{80, 3, "one\ntwö two\n… and 2 more lines\n"},
		{3, 2, "one\n… …\n"},
		{80, 1, "… and 4 more lines\n"},
		{80, -1, "… and 4 more lines\n"},
	} {
		if got := text.Fit(page, test.width, test.height); got != test.want {
			t.Errorf("%d columns, %d lines: %q, want %q", test.width, test.height, got, test.want)
		}
	}
	if got := text.Fit("", 80, 24); got != "\n" {
		t.Errorf("nothing is %q", got)
	}
}
