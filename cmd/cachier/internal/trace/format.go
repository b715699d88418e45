package trace

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Format is the layout of a trace, apart from its compression. The zero value,
// Auto, means to tell it from the file.
type Format uint8

// The formats that are read.
const (
	Auto   Format = iota
	Lines         // one key a line
	CSV           // time,key,size,cost
	Uint32        // big-endian 32-bit keys
	JSONL         // {"timestamp": ms, "hash_ids": [...]} a line
)

var formats = [...]string{"auto", "lines", "csv", "uint32", "jsonl"}

// String returns auto, lines, csv, uint32 or jsonl.
func (f Format) String() string { return formats[f] }

// UnmarshalText reads what String writes, so that a Format can be a flag.
func (f *Format) UnmarshalText(text []byte) error {
	for i, name := range formats {
		if string(text) == name {
			*f = Format(i)
			return nil
		}
	}
	return fmt.Errorf("unknown format %s; want one of %s", quoted(text), strings.Join(formats[:], ", "))
}

// Numeric reports whether the format's keys are numbers, in [Access].ID.
func (f Format) Numeric() bool { return f == Uint32 || f == JSONL }

func (f Format) open(r *bufio.Reader, name string) (source, error) {
	switch f {
	case CSV:
		return newCSV(r, name)
	case Uint32:
		return &uint32s{r: r, name: name}, nil
	case JSONL:
		return &jsonl{lines: newLines(r, name)}, nil
	default:
		return &keys{lines: newLines(r, name)}, nil
	}
}

// detect tells the format from the file's extension and its first bytes,
// which it leaves in r. Text never holds control characters, and keys of four
// bytes hardly ever hold none.
func detect(r *bufio.Reader, name string) (Format, error) {
	head, err := r.Peek(4 << 10)
	if len(head) == 0 {
		return Auto, err
	}
	ext := strings.ToLower(filepath.Ext(name))
	for _, c := range compressions[Gzip:] {
		if ext == c.ext {
			ext = strings.ToLower(filepath.Ext(name[:len(name)-len(ext)]))
			break
		}
	}
	switch ext {
	case ".csv":
		return CSV, nil
	case ".jsonl", ".ndjson":
		return JSONL, nil
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return Auto, &Error{Name: name, Offset: 0, What: "looks like UTF-16 text", Want: "UTF-8, or --format uint32 if these are keys of four bytes"}
	}
	text := bytes.TrimPrefix(head, bom)
	if isBinary(text) {
		return Uint32, nil
	}
	first, _, _ := bytes.Cut(bytes.TrimLeft(text, " \t\r\n"), []byte("\n"))
	switch {
	case bytes.HasPrefix(first, []byte("{")):
		return JSONL, nil
	case looksLikeCSV(string(first)):
		return CSV, nil
	}
	return Lines, nil
}

// bom is the mark some editors put at the start of UTF-8 text.
var bom = []byte("\xef\xbb\xbf")

func skipBOM(r *bufio.Reader) error {
	head, err := r.Peek(len(bom))
	if bytes.Equal(head, bom) {
		_, err = r.Discard(len(bom))
		return err
	}
	if err == io.EOF {
		return nil // shorter than a mark
	}
	return err
}

// isBinary reports whether head, the start of a file, can't be text.
func isBinary(head []byte) bool {
	for i := 0; i < len(head); {
		c, n := utf8.DecodeRune(head[i:])
		switch {
		case c == utf8.RuneError && n == 1:
			// The last character may just have been cut off.
			return i+utf8.UTFMax <= len(head) || utf8.FullRune(head[i:])
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return true
		}
		i += n
	}
	return false
}
