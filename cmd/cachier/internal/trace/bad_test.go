package trace_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ulikunitz/xz"

	"github.com/cachier-go/cachier/cmd/cachier/internal/trace"
)

func TestBadInput(t *testing.T) {
	tests := []struct {
		name, file, content string
		as                  trace.Format
		want                string // the start of the error
	}{
		{"empty", "t", "", trace.Auto, "t: holds no accesses"},
		{"empty, as said", "t", "", trace.Lines, "t: holds no accesses"},
		{"empty csv", "t.csv", "", trace.CSV, "t.csv: holds no accesses"},
		{"empty lines", "t", "\n\n", trace.Auto, "t: holds no accesses"},
		{"a header alone", "t.csv", "time,key\n", trace.Auto, "t.csv: holds no accesses"},
		{"no ids", "t", `{"timestamp": 1, "hash_ids": []}`, trace.Auto, "t: holds no accesses"},
		{"UTF-16", "t", "\xff\xfea\x00\n\x00", trace.Auto, "t: byte 0: looks like UTF-16 text; want UTF-8"},
		{"not gzip", "t.csv.gz", "1,a\n", trace.Auto, "t.csv.gz: is named .gz but holds no gzip data"},
		{"not xz", "t.xz", "", trace.Auto, "t.xz: is named .xz but holds no xz data"},

		{"a zero byte", "t", "a\nb\x00c\n", trace.Lines, `t: line 2: "b\x00c" holds a zero byte; want one key a line`},
		{"no line ends", "t", strings.Repeat("k", 17<<20), trace.Lines, "t: line 1: is longer than 16 MiB; want shorter lines"},

		{"half a key", "t", "\x00\x00\x00\x01\x00\x00\x00", trace.Auto, "t: byte 4: the file ends within a key, 1 of its 4 bytes are missing; want big-endian uint32"},

		{"csv time", "t.csv", "1,a\nsoon,b\n", trace.Auto, `t.csv: line 2: time "soon" is neither seconds nor RFC 3339; want time,key,size,cost such as`},
		{"csv first time", "t.csv", "soon,b\n", trace.Auto, `t.csv: line 1: time "soon" is neither`},
		{"csv without time", "t.csv", ",b\n", trace.Auto, `t.csv: line 1: time "" is neither`},
		{"csv infinite time", "t.csv", "inf,b\n", trace.Auto, `t.csv: line 1: time "inf" isn't a number of seconds`},
		{"csv far time", "t.csv", "1,b\n1e10,b\n", trace.Auto, `t.csv: line 2: time "1e10" lies more than 290 years after the first`},
		{"csv far date", "t.csv", "1001-01-01T00:00:00Z,b\n2001-01-01T00:00:00Z,b\n", trace.Auto, `t.csv: line 2: time "2001-01-01T00:00:00Z" lies more than`},
		{"csv mixed times", "t.csv", "2026-01-01T00:00:00Z,b\n5,b\n", trace.Auto, `t.csv: line 2: time "5" is neither`},
		{"csv time runs back", "t.csv", "time,key\n5,a\n\n3.5,b\n", trace.Auto, `t.csv: line 4: time "3.5" lies 1.5s before the access above it (sort the file by time)`},
		{"csv date runs back", "t.csv", "2026-01-02T00:00:00Z,a\n2026-01-01T00:00:00Z,a\n", trace.Auto, `t.csv: line 2: time "2026-01-01T00:00:00Z" lies 24h0m0s before`},
		{"csv size", "t.csv", "1,a,12kb\n", trace.Auto, `t.csv: line 1: size "12kb" isn't a whole number of bytes`},
		{"csv negative size", "t.csv", "1,a,-1\n", trace.Auto, `t.csv: line 1: size "-1" is negative`},
		{"csv cost", "t.csv", "1,a,1,dear\n", trace.Auto, `t.csv: line 1: cost "dear" is neither seconds nor a duration like 50ms`},
		{"csv negative cost", "t.csv", "1,a,1,-3\n", trace.Auto, `t.csv: line 1: cost "-3" is negative`},
		{"csv negative duration", "t.csv", "1,a,1,-3ms\n", trace.Auto, `t.csv: line 1: cost "-3ms" is negative`},
		{"csv no cost", "t.csv", "1,a,1,NaN\n", trace.Auto, `t.csv: line 1: cost "NaN" is neither`},
		{"csv empty key", "t.csv", "1,\n", trace.Auto, `t.csv: line 1: key "" is empty`},
		{"csv one column", "t.csv", "a\n", trace.Auto, "t.csv: line 1: has 1 columns and no header names them"},
		{"csv five columns", "t.csv", "1,a,1,1,1\n", trace.Auto, "t.csv: line 1: has 5 columns and no header names them"},
		{"csv missing column", "t.csv", "1,a,1\n2,b\n", trace.Auto, "t.csv: line 2: has 2 columns, the first line has 3"},
		{"csv missing column at once", "t.csv", "key,time\nb\n", trace.Auto, "t.csv: line 2: has 1 columns, the first line has 2"},
		{"csv two keys", "t.csv", "key,Key\nb,c\n", trace.Auto, "t.csv: line 1: the header has two columns key"},
		{"csv open quote", "t.csv", "1,\"a\n2,b\n", trace.Auto, "t.csv: line 1: has a quote that isn't closed"},
		{"csv open quote later", "t.csv", "1,a\n2,b\n3,\"c\n4,d\n", trace.Auto, "t.csv: line 3: has a quote that isn't closed"},
		{"csv open quote at the end", "t.csv", "1,a\n2,\"b", trace.Auto, "t.csv: line 2: isn't CSV"},
		{"csv stray quote", "t.csv", "1,a\n2,b\"\"\n", trace.Auto, "t.csv: line 2: isn't CSV"},
		{"csv without line ends", "t.csv", "1,a\n2," + strings.Repeat("k", 17<<20), trace.Auto, "t.csv: line 2: is longer than 16 MiB"},

		{"not json", "t", "{\"timestamp\": 1, \"hash_ids\": [1]}\n{nonsense\n", trace.Auto, `t: line 2: "{nonsense" isn't such an object (invalid character`},
		{"json long", "t.jsonl", strings.Repeat("x", 99), trace.Auto, `t.jsonl: line 1: "` + strings.Repeat("x", 40) + `"... isn't such an object`},
		{"json no time", "t", `{"hash_ids": [1]}`, trace.Auto, "t: line 1: has no timestamp; want"},
		{"json no ids", "t", `{"timestamp": 1}`, trace.Auto, "t: line 1: has no hash_ids; want"},
		{"json negative id", "t", `{"timestamp": 1, "hash_ids": [-1]}`, trace.Auto, "t: line 1: "},
		{"json time runs back", "t", `{"timestamp": 9, "hash_ids": [1]}` + "\n" + `{"timestamp": 1, "hash_ids": [1]}`, trace.Auto, "t: line 2: timestamp 1 lies 8ms before the access above it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := read(tt.file, tt.content, tt.as)
			var wrong *trace.Error
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v, want a *trace.Error", err)
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if strings.ContainsAny(err.Error(), "\n\r\x00") {
				t.Errorf("%q isn't one line", err)
			}
		})
	}
}

func TestTruncatedFiles(t *testing.T) {
	plain := strings.Repeat("some key\nanother\n", 5000)
	files := compressed(t, plain)
	delete(files, "")
	files[".bz2"] = bzip2File(t)
	for ext, content := range files {
		for _, cut := range []int{len(content) - 1, len(content) / 2, 13} {
			_, _, err := read("t"+ext, string(content[:cut]), trace.Auto)
			if err == nil || !strings.HasPrefix(err.Error(), "t"+ext+": the ") || !strings.Contains(err.Error(), "data ends too early, after ") {
				t.Errorf("%s cut at %d of %d: %v", ext, cut, len(content), err)
			}
		}
		broken := append([]byte(nil), content...)
		broken[len(broken)/2] ^= 0xff
		if _, _, err := read("t"+ext, string(broken), trace.Auto); err == nil || !strings.HasPrefix(err.Error(), "t"+ext+": the ") {
			t.Errorf("%s damaged: %v", ext, err)
		}
	}
}

// xz writes blocks; a file cut off between two of them is no whole file.
func TestTruncatedBetweenBlocks(t *testing.T) {
	var b bytes.Buffer
	w, err := xz.WriterConfig{BlockSize: 64}.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(strings.Repeat("some key\nanother\n", 10))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for cut := range b.Len() {
		if _, got, err := read("t.xz", string(b.Bytes()[:cut]), trace.Lines); err == nil {
			t.Errorf("cut at %d of %d: %d accesses and no error", cut, b.Len(), len(got))
		}
	}
	padded := b.String() + strings.Repeat("\x00", 8)
	if _, got, err := read("t.xz", padded, trace.Lines); err != nil || len(got) != 20 {
		t.Errorf("padded: %d accesses, %v", len(got), err)
	}
}

func TestOpenErrors(t *testing.T) {
	var wrong *trace.Error
	if _, err := trace.Open(filepath.Join(t.TempDir(), "none"), trace.Options{}); !errors.As(err, &wrong) || wrong.What != "no such file" {
		t.Error(err)
	}
	if _, err := trace.Open(t.TempDir(), trace.Options{}); !errors.As(err, &wrong) || wrong.What != "is a directory" {
		t.Error(err)
	}
}

// An error of the machine isn't called one of the file.
func TestMachineErrors(t *testing.T) {
	for _, content := range []string{"", "a\nb\n"} {
		for ext, packed := range compressed(t, content) {
			r, err := trace.NewReader(&failing{content: packed[:len(packed)/2]}, "t"+ext, trace.Options{})
			if err == nil {
				_, err = all(r)
			}
			if !errors.Is(err, iotest.ErrTimeout) {
				t.Errorf("%s: %v", ext, err)
			}
		}
	}
}

type failing struct{ content []byte }

func (f *failing) Read(p []byte) (int, error) {
	n := copy(p, f.content)
	if f.content = f.content[n:]; n == 0 {
		return 0, iotest.ErrTimeout
	}
	return n, nil
}

func TestFormatNames(t *testing.T) {
	var f trace.Format
	for _, name := range []string{"auto", "lines", "csv", "uint32", "jsonl"} {
		if err := f.UnmarshalText([]byte(name)); err != nil || f.String() != name {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	if err := f.UnmarshalText([]byte("xml")); err == nil || !strings.Contains(err.Error(), "auto, lines, csv, uint32, jsonl") {
		t.Error(err)
	}
}

func FuzzReader(f *testing.F) {
	for i, content := range []string{
		"a\nb\n", "1,a,2,3\n2,\"b\"\n", "time,key\n2026-01-02T03:04:05Z,a\n", "\x00\x00\x00\x01",
		`{"timestamp": 1, "hash_ids": [1,2]}`, "\xef\xbb\xbfkey\na\n", "key,size,cost,time\nk,1,1ms,1\n",
	} {
		f.Add([]byte(content), uint8(i))
		for _, packed := range compressed(f, content) {
			f.Add(packed, uint8(0))
		}
	}
	f.Add(bzip2File(f), uint8(0))
	f.Fuzz(func(t *testing.T, content []byte, format uint8) {
		as := trace.Format(format % 5)
		_, got, err := read("t", string(content), as)
		if err != nil {
			var wrong *trace.Error
			if !errors.As(err, &wrong) || strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("not a line about the trace: %q", err)
			}
			return
		}
		if len(got) == 0 {
			t.Fatal("nothing read, and no error")
		}
		last := got[0].Time
		for _, a := range got {
			if a.Time < last || a.Size < -1 || a.Cost < -1 {
				t.Fatalf("after %v: %+v", last, a)
			}
			last = a.Time
		}
	})
}

// A file on a disk is read as one in memory is.
func TestOpenReadsFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte("1,a\nx,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := trace.Open(path, trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if _, err := all(r); err == nil || !strings.HasPrefix(err.Error(), path+": line 2: ") {
		t.Error(err)
	}
}
