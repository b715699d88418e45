package entries

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
	"github.com/cachier-go/cachier/internal/keyform"
)

// Table writes entries as lines for people, while they come. The first ones
// decide on the widths of the columns.
type Table struct {
	w      *bufio.Writer
	now    time.Time
	head   [][]string // held back until the widths are set
	widths []int      // of the columns that vary; nil: not set
}

// tableHead is how many lines the widths are made of.
const tableHead = 200

var tableTitle = []string{"SIZE", "AGE", "EXPIRES IN", "NAMESPACE", "FUNCTION", "VERSION", "KEY"}

// NewTable begins a table. Ages are those of now.
func NewTable(w io.Writer, now time.Time) *Table {
	return &Table{w: bufio.NewWriter(w), now: now}
}

// Add adds a line.
func (t *Table) Add(e Entry) error {
	row := []string{
		text.Bytes(e.Size), text.Duration(e.age(t.now)), remaining(e, t.now),
		short(e.Parts.Namespace), short(e.Parts.Name), short(e.Parts.Version), short(e.Parts.Key),
	}
	if t.widths != nil {
		return t.line(row)
	}
	if t.head = append(t.head, row); len(t.head) < tableHead {
		return nil
	}
	return t.start()
}

// Close writes what was held back. It closes nothing that is below.
func (t *Table) Close() error {
	if t.widths == nil && len(t.head) > 0 {
		if err := t.start(); err != nil {
			return err
		}
	}
	return t.w.Flush()
}

func (t *Table) start() error {
	t.widths = make([]int, len(tableTitle))
	rows := append([][]string{tableTitle}, t.head...)
	for _, row := range rows {
		for i, cell := range row {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
		}
	}
	t.head = nil
	for _, row := range rows {
		if err := t.line(row); err != nil {
			return err
		}
	}
	return nil
}

// line aligns numbers to the right and names to the left.
func (t *Table) line(row []string) error {
	for i, cell := range row {
		pad := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(cell)))
		switch {
		case i == len(row)-1:
			pad = "\n"
			fallthrough
		case i >= 3:
			cell += pad
		default:
			cell = pad + cell
		}
		if i > 0 {
			cell = "  " + cell
		}
		if _, err := t.w.WriteString(cell); err != nil {
			return err
		}
	}
	return nil
}

// remaining is for how long the entry may still be used.
func remaining(e Entry, now time.Time) string {
	switch {
	case e.Expires.IsZero():
		return "never"
	case e.Expired(now):
		return "expired"
	}
	return text.Duration(e.Expires.Sub(now))
}

// short shows a part of a stored key; of a hash, so much that it can be told
// from others.
func short(p keyform.Part) string {
	if p.Hashed {
		return fmt.Sprintf("#%.12s…", p.Text)
	}
	return p.Text
}
