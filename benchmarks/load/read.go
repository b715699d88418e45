package load

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ulikunitz/xz"
)

// ErrFormat says that a file's name doesn't tell a format that [Read] knows.
var ErrFormat = errors.New("load: unknown trace format: want .trace (big-endian uint32) or .jsonl (hash_ids), plain or .xz")

// ReadDir reads every trace file in the directory, in order of name. Files that aren't traces are passed over.
func ReadDir(dir string) ([]Trace, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	var traces []Trace
	for _, e := range entries {
		t, err := Read(filepath.Join(dir, e.Name()))
		if errors.Is(err, ErrFormat) {
			continue
		}
		if err != nil {
			return nil, err
		}
		traces = append(traces, t)
	}
	if len(traces) == 0 {
		return nil, fmt.Errorf("load: no trace in %s", dir)
	}
	return traces, nil
}

// Read reads one trace file. Its format is told by its name: name.trace is big-endian uint32, a key each; name.jsonl is
// JSON lines, each with the keys of a request in hash_ids; .xz behind either is a compressed one. It fails with
// [ErrFormat] for any other name, and says which record is broken.
func Read(path string) (Trace, error) {
	name := filepath.Base(path)
	inner, compressed := strings.CutSuffix(name, ".xz")
	parse := map[string]func(io.Reader) ([]int, error){".trace": readUint32, ".jsonl": readJSONLines}[filepath.Ext(inner)]
	if parse == nil {
		return Trace{}, fmt.Errorf("%w: %s", ErrFormat, name)
	}
	f, err := os.Open(path)
	if err != nil {
		return Trace{}, fmt.Errorf("load: %w", err)
	}
	defer f.Close()
	var r io.Reader = bufio.NewReader(f)
	if compressed {
		if r, err = xz.NewReader(r); err != nil {
			return Trace{}, fmt.Errorf("load: %s: %w", name, err)
		}
	}
	keys, err := parse(bufio.NewReaderSize(r, 1<<20))
	if err != nil {
		return Trace{}, fmt.Errorf("load: %s: %w", name, err)
	}
	return Trace{Name: strings.TrimSuffix(inner, filepath.Ext(inner)), Keys: keys}, nil
}

func readUint32(r io.Reader) ([]int, error) {
	var keys []int
	var b [4]byte
	for {
		if _, err := io.ReadFull(r, b[:]); err == io.EOF {
			return keys, nil
		} else if err != nil {
			return nil, fmt.Errorf("access %d: %w", len(keys)+1, err)
		}
		keys = append(keys, int(binary.BigEndian.Uint32(b[:])))
	}
}

func readJSONLines(r io.Reader) ([]int, error) {
	var keys []int
	dec := json.NewDecoder(r)
	for line := 1; ; line++ {
		var request struct {
			HashIDs []int `json:"hash_ids"`
		}
		if err := dec.Decode(&request); err == io.EOF {
			return keys, nil
		} else if err != nil {
			return nil, fmt.Errorf("record %d: %w", line, err)
		}
		keys = append(keys, request.HashIDs...)
	}
}
