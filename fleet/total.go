package fleet

import (
	"encoding/binary"
	"encoding/json"
	"slices"

	"github.com/cachier-go/cachier/metrics"
)

// total is everything that a start has counted, or several have that are gone.
// Fields are added, never renamed.
type total struct {
	ID        string            `json:"id,omitempty"`
	Instance  string            `json:"instance,omitempty"`
	Version   string            `json:"version,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	Started   int64             `json:"started,omitempty"` // milliseconds since 1970 on its own clock, as all times
	At        int64             `json:"at,omitempty"`
	Every     int64             `json:"every,omitempty"`  // between two writes, in milliseconds
	Closed    bool              `json:"closed,omitempty"` // it has ended in order
	Layout    string            `json:"layout"`
	Functions []function        `json:"functions"`
	Folded    map[string]int64  `json:"folded,omitempty"` // starts that are in it, and when they were folded
}

// function is one of a total. Its place among the functions is its number in the
// start's other records.
type function struct {
	Name     string            `json:"name"`
	Backend  string            `json:"backend,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Start    int64             `json:"start"`
	Sampling metrics.Sampling  `json:"sampling"`
	Gauges   json.RawMessage   `json:"gauges,omitempty"`
	Length   int               `json:"length"` // of its packed counts

	packed []byte
}

func (t *total) encode() ([]byte, error) {
	var packed []byte
	for i := range t.Functions {
		f := &t.Functions[i]
		f.Length = len(f.packed)
		packed = append(packed, f.packed...)
	}
	head, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	return seal(kindTotal, compress(slices.Concat(binary.AppendUvarint(nil, uint64(len(head))), head, packed))), nil
}

func decodeTotal(record []byte) (*total, error) {
	body, err := unseal(kindTotal, record)
	if err != nil {
		return nil, err
	}
	all, err := decompress(body)
	if err != nil {
		return nil, err
	}
	length, n := binary.Uvarint(all)
	if n <= 0 || length > uint64(len(all)-n) {
		return nil, errRecord
	}
	t := new(total)
	if err := json.Unmarshal(all[n:n+int(length)], t); err != nil {
		return nil, errRecord
	}
	rest := all[n+int(length):]
	for i := range t.Functions {
		f := &t.Functions[i]
		if f.Length < 0 || f.Length > len(rest) {
			return nil, errRecord
		}
		f.packed, rest = rest[:f.Length], rest[f.Length:]
	}
	return t, nil
}
