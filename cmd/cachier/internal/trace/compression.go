package trace

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Compression is how a trace is compressed. The zero value is not at all.
type Compression uint8

// The compressions that are read.
const (
	Plain Compression = iota
	Gzip
	Bzip2
	XZ
	Zstd
)

var compressions = [...]struct {
	name, ext string
	magic     []byte
}{
	Plain: {name: "none"},
	Gzip:  {"gzip", ".gz", []byte("\x1f\x8b\x08")},
	Bzip2: {"bzip2", ".bz2", []byte("BZh")},
	XZ:    {"xz", ".xz", []byte("\xfd7zXZ\x00")},
	Zstd:  {"zstd", ".zst", []byte("\x28\xb5\x2f\xfd")},
}

// String returns none, gzip, bzip2, xz or zstd.
func (c Compression) String() string { return compressions[c].name }

// bzip2Block follows "BZh" and one digit. Without it a list of keys that
// happens to begin with BZh would be taken for compressed data.
var bzip2Block = []byte("1AY&SY")

// compressionOf tells the compression from the first bytes of a file.
func compressionOf(head []byte) Compression {
	for c := Gzip; c <= Zstd; c++ {
		if bytes.HasPrefix(head, compressions[c].magic) &&
			(c != Bzip2 || len(head) >= 10 && bytes.Equal(head[4:10], bzip2Block)) {
			return c
		}
	}
	return Plain
}

// decompress returns the plain data of r and, where it needs one, a function
// that frees the decompressor.
func decompress(r io.Reader, name string) (io.Reader, Compression, func() error, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(10)
	if err != nil && err != io.EOF {
		return nil, Plain, nil, err
	}
	c := compressionOf(head)
	ext := strings.ToLower(filepath.Ext(name))
	for named := Gzip; named <= Zstd && c == Plain; named++ {
		if ext == compressions[named].ext {
			return nil, c, nil, &Error{Name: name, Offset: -1, What: fmt.Sprintf("is named %s but holds no %s data", ext, named)}
		}
	}
	var (
		plain  io.Reader = b
		closer func() error
	)
	switch c {
	case Gzip:
		plain, err = gzip.NewReader(b)
	case Bzip2:
		plain = bzip2.NewReader(b)
	case XZ:
		plain, err = xz.NewReader(b)
	case Zstd:
		// One decoder and no read-ahead: it then starts no goroutines.
		var d *zstd.Decoder
		if d, err = zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)); err == nil {
			plain, closer = d, func() error { d.Close(); return nil }
		}
	default:
		err = nil
	}
	if err != nil {
		return nil, c, nil, damaged(name, c, 0, err)
	}
	return plain, c, closer, nil
}

// damaged describes data that a decompressor refused after n plain bytes.
func damaged(name string, c Compression, n int64, err error) error {
	what := fmt.Sprintf("the %s data is damaged (%v)", c, err)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		what = fmt.Sprintf("the %s data ends too early", c)
	}
	return &Error{Name: name, Offset: -1, What: fmt.Sprintf("%s, after %d decompressed bytes", what, n), Want: "a complete file"}
}

// raw is the file as it lies on the disk: it counts, for a progress bar, and
// remembers an error of the machine, which isn't the file's fault.
type raw struct {
	r    io.Reader
	n    atomic.Int64
	tail [2]byte // the last two bytes that aren't padding
	err  error
}

func (r *raw) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n.Add(int64(n))
	if end := bytes.TrimRight(p[:n], "\x00"); len(end) > 0 {
		r.tail[0] = r.tail[1]
		copy(r.tail[max(0, 2-len(end)):], end[max(0, len(end)-2):])
	}
	if err != nil {
		r.err = err
	}
	return n, err
}

// xzEnd ends each stream of xz.
var xzEnd = [2]byte{'Y', 'Z'}

// data is the plain data: it remembers where a decompressor failed.
type data struct {
	r   io.Reader
	raw *raw
	xz  bool
	n   int64
	err error
}

func (d *data) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	d.n += int64(n)
	// The xz reader takes a file cut off between two blocks for a whole one.
	if err == io.EOF && d.xz && d.raw.tail != xzEnd {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		d.err = err
	}
	return n, err
}
