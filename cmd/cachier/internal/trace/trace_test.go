package trace_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/cachier-go/cachier/cmd/cachier/internal/trace"
)

// all reads a trace to its end, in batches that don't divide it evenly.
func all(r *trace.Reader) ([]trace.Access, error) {
	var got []trace.Access
	batch := make([]trace.Access, 3)
	for {
		n, err := r.Read(batch)
		got = append(got, batch[:n]...)
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
	}
}

func read(name, content string, f trace.Format) (*trace.Reader, []trace.Access, error) {
	r, err := trace.NewReader(strings.NewReader(content), name, trace.Options{Format: f})
	if err != nil {
		return nil, nil, err
	}
	got, err := all(r)
	return r, got, errors.Join(err, r.Close())
}

const s = time.Second

// key and id are accesses of traces that tell nothing beside the key.
func key(k string) trace.Access { return trace.Access{Key: k, Size: -1, Cost: -1} }
func id(n uint64) trace.Access  { return trace.Access{ID: n, Size: -1, Cost: -1} }

func TestFormats(t *testing.T) {
	tests := []struct {
		name, file, content string
		as                  trace.Format // given
		format              trace.Format // found
		columns             trace.Columns
		want                []trace.Access
	}{
		{
			"lines", "t.txt", "/a b\n/c\n\n/a b", trace.Auto, trace.Lines,
			trace.Columns{},
			[]trace.Access{key("/a b"), key("/c"), key("/a b")},
		},
		{
			"lines of Windows, with a mark", "t", "\xef\xbb\xbfä\r\nb\r\n", trace.Auto, trace.Lines,
			trace.Columns{},
			[]trace.Access{key("ä"), key("b")},
		},
		{
			"lines with commas", "t", "a,b\nc,d\n", trace.Auto, trace.Lines,
			trace.Columns{},
			[]trace.Access{key("a,b"), key("c,d")},
		},
		{
			"one line without an end", "t", "a", trace.Auto, trace.Lines,
			trace.Columns{},
			[]trace.Access{key("a")},
		},
		{
			"csv without a header", "t", "100.5,a,10,0.25\n100.5,b,,\n102,a,10,50ms\n", trace.Auto, trace.CSV,
			trace.Columns{Time: true, Size: true, Cost: true},
			[]trace.Access{
				{Key: "a", Size: 10, Cost: 250 * time.Millisecond},
				{Key: "b", Size: -1, Cost: -1},
				{Key: "a", Time: 1500 * time.Millisecond, Size: 10, Cost: 50 * time.Millisecond},
			},
		},
		{
			"csv of two columns, as said", "t", "1,a\n2,b\n", trace.CSV, trace.CSV,
			trace.Columns{Time: true},
			[]trace.Access{{Key: "a", Size: -1, Cost: -1}, {Key: "b", Time: s, Size: -1, Cost: -1}},
		},
		{
			"csv with calendar times", "t", "2026-01-02T03:04:05Z,a\n2026-01-02T04:04:06.5+01:00,b\n", trace.Auto, trace.CSV,
			trace.Columns{Time: true},
			[]trace.Access{{Key: "a", Size: -1, Cost: -1}, {Key: "b", Time: 1500 * time.Millisecond, Size: -1, Cost: -1}},
		},
		{
			"csv with a header, other columns and another order", "t.csv", "Size, KEY ,host,Time\n7,\"a,\"\"b\"\"\",x,3\n8,c,y,5\n",
			trace.Auto, trace.CSV,
			trace.Columns{Time: true, Size: true},
			[]trace.Access{{Key: `a,"b"`, Size: 7, Cost: -1}, {Key: "c", Time: 2 * s, Size: 8, Cost: -1}},
		},
		{
			"csv of keys alone", "t.csv", "key\na\nb\n", trace.Auto, trace.CSV,
			trace.Columns{},
			[]trace.Access{key("a"), key("b")},
		},
		{
			"uint32", "t.trace", "\x00\x00\x00\x01\xf0\x00\x00\x02", trace.Auto, trace.Uint32,
			trace.Columns{},
			[]trace.Access{id(1), id(0xf0000002)},
		},
		{
			"uint32 that could be text, as said", "t", "abcd", trace.Uint32, trace.Uint32,
			trace.Columns{},
			[]trace.Access{id(0x61626364)},
		},
		{
			"json lines", "t", `{"timestamp": 500, "input_length": 6, "hash_ids": [0, 18446744073709551615]}` + "\n\n" +
				`{"timestamp": 700, "hash_ids": []}` + "\n" + `{"timestamp": 2500.5, "hash_ids": [3]}`,
			trace.Auto, trace.JSONL,
			trace.Columns{Time: true},
			[]trace.Access{id(0), id(18446744073709551615), {ID: 3, Time: 2000500 * time.Microsecond, Size: -1, Cost: -1}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, got, err := read(tt.file, tt.content, tt.as)
			if err != nil {
				t.Fatal(err)
			}
			if r.Format() != tt.format || r.Columns() != tt.columns {
				t.Errorf("read as %v with %+v, want %v with %+v", r.Format(), r.Columns(), tt.format, tt.columns)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// compressed returns the same trace in every compression, by extension.
func compressed(t testing.TB, plain string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{"": []byte(plain)}
	write := func(ext string, make func(io.Writer) (io.WriteCloser, error)) {
		var b bytes.Buffer
		w, err := make(&b)
		if err == nil {
			_, err = io.WriteString(w, plain)
			err = errors.Join(err, w.Close())
		}
		if err != nil {
			t.Fatal(ext, err)
		}
		files[ext] = b.Bytes()
	}
	write(".gz", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	write(".xz", func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
	write(".zst", func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
	return files
}

// bzip2ed is "a\nb\na\n", as bzip2 wrote it: no library here writes bzip2.
const bzip2ed = "425a6839314159265359a37b92a9000002410000103000200030cc0c7a845e2ee48a70a12146f72552"

func bzip2File(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(bzip2ed)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCompressions(t *testing.T) {
	names := map[string]trace.Compression{
		"": trace.Plain, ".gz": trace.Gzip, ".xz": trace.XZ, ".zst": trace.Zstd, ".bz2": trace.Bzip2,
	}
	files := compressed(t, "a\nb\na\n")
	files[".bz2"] = bzip2File(t)
	want := []trace.Access{key("a"), key("b"), key("a")}
	for ext, content := range files {
		// The name doesn't have to say so.
		for _, name := range []string{"t" + ext, "t"} {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := trace.Open(path, trace.Options{})
			if err != nil {
				t.Fatal(name, err)
			}
			got, err := all(r)
			if err != nil || !reflect.DeepEqual(got, want) || r.Compression() != names[ext] {
				t.Errorf("%s as %q: %v, %v, %+v", ext, name, r.Compression(), err, got)
			}
			if r.Size() != int64(len(content)) || r.Consumed() != r.Size() {
				t.Errorf("%s: %d of %d bytes consumed, want %d", ext, r.Consumed(), r.Size(), len(content))
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestFormatIsFoundBelowCompression(t *testing.T) {
	for ext, content := range compressed(t, "time,key\n1,a\n") {
		r, got, err := read("t.csv"+ext, string(content), trace.Auto)
		if err != nil || r.Format() != trace.CSV || len(got) != 1 {
			t.Errorf("%s: %v, %+v", ext, err, got)
		}
	}
}

func TestLongTrace(t *testing.T) {
	var b strings.Builder
	for i := range 100_000 {
		b.WriteString(strings.Repeat("k", i%50+1))
		b.WriteByte('\n')
	}
	for ext, content := range compressed(t, b.String()) {
		_, got, err := read("t"+ext, string(content), trace.Auto)
		if err != nil || len(got) != 100_000 || len(got[99_999].Key) != 50 {
			t.Errorf("%s: %d accesses, %v", ext, len(got), err)
		}
	}
}

func TestStandardInput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(path, []byte("a\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func(was *os.File) { os.Stdin = was }(os.Stdin)
	os.Stdin = f
	r, err := trace.Open("-", trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := all(r); err != nil || len(got) != 2 || r.Size() != 0 {
		t.Error(got, err)
	}
}
