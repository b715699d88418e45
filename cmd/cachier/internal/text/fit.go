package text

import (
	"fmt"
	"strings"
)

// Fit cuts a page to so many columns and lines, of which the last says how many
// more there are.
func Fit(page string, width, height int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(page, "\n")+"\n", "\n")
	lines = lines[:len(lines)-1]
	if over := len(lines) - max(height, 1); over > 0 {
		lines = append(lines[:len(lines)-over-1], fmt.Sprintf("%s and %d more lines\n", cut, over+1))
	}
	for i, line := range lines {
		if runes := []rune(line); len(runes) > width+1 {
			lines[i] = string(runes[:width-1]) + cut + "\n"
		}
	}
	return strings.Join(lines, "")
}

// cut stands where something was cut off.
const cut = "…"
