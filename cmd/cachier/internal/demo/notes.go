package demo

import (
	"context"
	"crypto/sha256"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// notes is a directory of texts with simple mark-up, rendered on demand.
type notes struct {
	dir   string
	count int
}

// page is a rendered note.
type page struct {
	HTML string
	Sum  [sha256.Size]byte // of the text, as an HTTP server needs it for ETag
}

var noteWords = strings.Fields("a cache keeps what was once computed so that nobody waits for it twice the *hot* keys stay " +
	"and the cold ones leave a **stale** answer at once beats a fresh one too late measure `ratio` before you tune it")

// writeNotes writes count notes of 2 to 12 kB into dir.
func writeNotes(dir string, count int) (*notes, error) {
	n := &notes{dir, count}
	random := rand.New(rand.NewPCG(11, 11))
	for i := range count {
		if err := n.write(i, random); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// name is how a note is asked for, in every run of the demo.
func (n *notes) name(i int) string { return fmt.Sprintf("note-%03d.txt", i%n.count) }

// write gives note i a new text.
func (n *notes) write(i int, random *rand.Rand) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Note %d\n\n", i)
	for range 8 + random.IntN(40) {
		if random.IntN(5) == 0 {
			b.WriteString("- ")
		}
		for range 20 + random.IntN(40) {
			b.WriteString(noteWords[random.IntN(len(noteWords))])
			b.WriteByte(' ')
		}
		b.WriteString("\n\n")
	}
	// Written beside and renamed: nobody reads half a note.
	path := filepath.Join(n.dir, n.name(i))
	if err := os.WriteFile(path+".new", []byte(b.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

var (
	noteStrong = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	noteStress = regexp.MustCompile(`\*([^*]+)\*`)
	noteCode   = regexp.MustCompile("`([^`]+)`")
)

// render reads a note, hashes it and turns it into HTML.
func (n *notes) render(_ context.Context, name string) (page, error) {
	text, err := os.ReadFile(filepath.Join(n.dir, name))
	if err != nil {
		return page{}, err
	}
	var b strings.Builder
	for paragraph := range strings.SplitSeq(string(text), "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph == "" {
			continue
		}
		open, end := "<p>", "</p>\n"
		if rest, ok := strings.CutPrefix(paragraph, "# "); ok {
			paragraph, open, end = rest, "<h1>", "</h1>\n"
		} else if rest, ok := strings.CutPrefix(paragraph, "- "); ok {
			paragraph, open, end = rest, "<ul><li>", "</li></ul>\n"
		}
		line := html.EscapeString(paragraph)
		line = noteStrong.ReplaceAllString(line, "<strong>$1</strong>")
		line = noteStress.ReplaceAllString(line, "<em>$1</em>")
		line = noteCode.ReplaceAllString(line, "<code>$1</code>")
		b.WriteString(open + line + end)
	}
	return page{b.String(), sha256.Sum256(text)}, nil
}

// weigh is the memory a rendered note takes.
func weigh(name string, p page) int64 {
	return int64(len(name) + len(p.HTML) + len(p.Sum))
}
