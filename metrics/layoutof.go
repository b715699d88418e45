package metrics

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Layout says what the places of a packed snapshot mean, by the names and
// labels of the catalogue, so that a program of one version of this package
// can read what one of another has packed: what it doesn't know is left out.
// It never changes. The zero value is that of this version.
type Layout struct {
	of *layout
}

// layout gives the cell here of each cell there; -1 where there is none here.
type layout struct {
	id, text                   string
	counters, sums, histograms []int
}

// layoutMark is the first line of a layout, with the version of the packing.
const layoutMark = "cachier packed 1"

// mostCells bounds what a layout may have, a hundred times what there is.
const mostCells = 1 << 16

// ownLayout is that of this version.
var ownLayout = sync.OnceValue(func() *layout {
	var b strings.Builder
	b.WriteString(layoutMark + "\n")
	for _, kind := range []cellKind{uintCells, floatCells, histCells} {
		for i := range families {
			if f := &families[i]; f.metric.cells == kind {
				for _, labels := range f.labels {
					fmt.Fprintf(&b, "%d %s%s\n", kind, f.metric.OTel, labelText(labels))
				}
			}
		}
	}
	l, err := parseLayout(b.String())
	if err != nil {
		panic(err) // the catalogue itself is wrong
	}
	return l
})

func labelText(labels []Label) string {
	var b strings.Builder
	for _, l := range labels {
		b.WriteString(" " + l.Name + "=" + l.Value)
	}
	return b.String()
}

// ownCells gives the cell of each line of the own layout.
var ownCells = sync.OnceValue(func() map[string]int {
	cells := map[string]int{}
	for i := range families {
		f := &families[i]
		switch f.metric.cells {
		case uintCells, floatCells, histCells:
			for j, labels := range f.labels {
				cells[fmt.Sprintf("%d %s%s", f.metric.cells, f.metric.OTel, labelText(labels))] = f.first + j
			}
		}
	}
	return cells
})

var errLayout = errors.New("cachier: malformed layout")

// ParseLayout reads what [Layout.Text] returned, perhaps in a program of another
// version.
func ParseLayout(text string) (Layout, error) {
	if text == ownLayout().text {
		return Layout{}, nil
	}
	l, err := parseLayout(text)
	return Layout{l}, err
}

func parseLayout(text string) (*layout, error) {
	sum := sha256.Sum256([]byte(text))
	l := &layout{id: hex.EncodeToString(sum[:8]), text: text}
	body, ok := strings.CutPrefix(text, layoutMark+"\n")
	if !ok {
		return nil, fmt.Errorf("%w: it doesn't begin with %q", errLayout, layoutMark)
	}
	if strings.Count(body, "\n") > mostCells {
		return nil, errLayout
	}
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(line, "\n")
		cell, known := ownCells()[line]
		if !known {
			cell = -1
		}
		switch kind, _, _ := strings.Cut(line, " "); kind {
		case "0":
			l.counters = append(l.counters, cell)
		case "1":
			l.sums = append(l.sums, cell)
		case "2":
			l.histograms = append(l.histograms, cell)
		default:
			return nil, errLayout
		}
	}
	return l, nil
}

func (l Layout) resolve() *layout {
	if l.of == nil {
		return ownLayout()
	}
	return l.of
}

// Known reports whether this version knows all that is in l, so that what it
// packs again of that is complete.
func (l Layout) Known() bool {
	for _, cells := range [][]int{l.resolve().counters, l.resolve().sums, l.resolve().histograms} {
		if slices.Contains(cells, -1) {
			return false
		}
	}
	return true
}

// ID returns 16 characters that are the same for equal layouts only.
func (l Layout) ID() string { return l.resolve().id }

// Text returns the layout as text, about ten thousand bytes that compress well.
func (l Layout) Text() string { return l.resolve().text }
