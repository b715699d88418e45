package trace

import (
	"bufio"
	"errors"
	"io"
	"os"
	"time"
)

// Access is one request of a trace.
type Access struct {
	Key  string        // the key in formats whose keys are text; else empty
	ID   uint64        // the key in formats whose keys are numbers; else 0
	Time time.Duration // since the first access; 0 where the trace has no times; never falls
	Size int64         // bytes; -1 where unknown
	Cost time.Duration // what computing the value takes; -1 where unknown
}

// Columns says what a trace tells about its accesses beside their keys.
type Columns struct {
	Time, Size, Cost bool
}

// Options override what is told from the file itself. The zero value
// overrides nothing.
type Options struct {
	Format Format
}

// Reader yields the accesses of one trace.
type Reader struct {
	name        string
	format      Format
	compression Compression
	size        int64

	raw    *raw
	data   *data
	source source
	closer []func() error
	any    bool // an access has been read
	err    error
}

// source is one format: it fills a, or returns io.EOF or an error of its own.
type source interface {
	next(a *Access) error
	columns() Columns
}

// Open opens the trace at path; "-" is standard input. Close it after use.
func Open(path string, o Options) (*Reader, error) {
	if path == "-" {
		return NewReader(os.Stdin, "standard input", o)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unopened(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info.IsDir() {
		return nil, errors.Join(&Error{Name: path, Offset: -1, What: "is a directory", Want: "a file"}, f.Close())
	}
	r, err := NewReader(f, path, o)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info.Mode().IsRegular() {
		r.size = info.Size()
	}
	r.closer = append(r.closer, f.Close)
	return r, nil
}

// unopened makes the mistakes of a caller (no such file) errors of the trace,
// and leaves those of the machine alone.
func unopened(path string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return &Error{Name: path, Offset: -1, What: "no such file"}
	}
	return err
}

// NewReader reads a trace from r. Its name is used in errors, and its
// extension helps to tell the format. Close doesn't close r.
func NewReader(r io.Reader, name string, o Options) (*Reader, error) {
	t := &Reader{name: name, raw: &raw{r: r}}
	plain, compression, closer, err := decompress(t.raw, name)
	if err != nil {
		return nil, t.explain(err)
	}
	t.compression = compression
	if closer != nil {
		t.closer = append(t.closer, closer)
	}
	t.data = &data{r: plain, raw: t.raw, xz: compression == XZ}
	buffered := bufio.NewReaderSize(t.data, 64<<10)
	if t.format = o.Format; t.format == Auto {
		if t.format, err = detect(buffered, name); err != nil {
			return nil, t.fail(err)
		}
	} else if _, err = buffered.Peek(1); err != nil {
		return nil, t.fail(err)
	}
	if t.source, err = t.format.open(buffered, name); err != nil {
		return nil, t.fail(err)
	}
	return t, nil
}

// fail closes what NewReader had opened.
func (t *Reader) fail(err error) error {
	return errors.Join(t.explain(err), t.Close())
}

// Read fills batch from its start and returns how many accesses it holds. At
// the end of the trace it returns io.EOF with the last of them, or after them;
// a trace without any access is an error.
func (t *Reader) Read(batch []Access) (n int, err error) {
	for ; n < len(batch) && t.err == nil; n++ {
		if t.err = t.source.next(&batch[n]); t.err != nil {
			break
		}
		t.any = true
	}
	// A decompressor that fails leaves half a line behind, which would be
	// called wrong, or worse, be right.
	if t.err != nil || t.data.err != nil && t.data.err != io.EOF {
		t.err = t.explain(t.err)
	}
	return n, t.err
}

// explain turns an error met anywhere below into what the caller is told.
func (t *Reader) explain(err error) error {
	var wrong *Error
	switch {
	case t.raw.err != nil && t.raw.err != io.EOF:
		return t.raw.err
	case t.data != nil && t.data.err != nil && t.data.err != io.EOF:
		return damaged(t.name, t.compression, t.data.n, t.data.err)
	case errors.As(err, &wrong):
		return wrong
	case err == io.EOF && !t.any:
		return &Error{Name: t.name, Offset: -1, What: "holds no accesses"}
	}
	return err
}

// Close frees what reading took and closes the file, if Open opened it.
func (t *Reader) Close() error {
	var errs []error
	for _, c := range t.closer {
		errs = append(errs, c())
	}
	t.closer = nil
	return errors.Join(errs...)
}

// Name returns the name of the file, as it was given.
func (t *Reader) Name() string { return t.name }

// Format returns the format in use.
func (t *Reader) Format() Format { return t.format }

// Compression returns the compression found.
func (t *Reader) Compression() Compression { return t.compression }

// Columns returns what the trace tells beside the keys.
func (t *Reader) Columns() Columns { return t.source.columns() }

// Consumed returns how many bytes of the file, as it lies on the disk, have
// been read. It may be called from any goroutine.
func (t *Reader) Consumed() int64 { return t.raw.n.Load() }

// Size returns the bytes of the file on the disk; 0 where unknown, as of a
// pipe.
func (t *Reader) Size() int64 { return t.size }
