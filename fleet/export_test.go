package fleet

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// Publisher is a start that a test drives by hand, on a clock of its own.
type Publisher struct{ *publisher }

// NewPublisher returns one whose clock is ahead, and puts it on the roster.
func NewPublisher(ctx context.Context, store backend.Backend, o *Options, ahead time.Duration) (Publisher, error) {
	p, err := newPublisher(store, o)
	if err != nil {
		return Publisher{}, err
	}
	now := p.now
	p.now = func() time.Time { return now().Add(ahead) }
	p.id = ""
	p.begin()
	return Publisher{p}, p.join(ctx)
}

// Flush does what is done every 10 seconds.
func (p Publisher) Flush(ctx context.Context, g *metrics.Registry) error {
	return p.Export(ctx, metrics.Batch{Totals: slices.Collect(g.Snapshots())})
}

// End does what is done when a program ends in order.
func (p Publisher) End(ctx context.Context, g *metrics.Registry) error {
	return p.close(ctx, slices.Collect(g.Snapshots()))
}

// ID is that of the start as which p writes.
func (p Publisher) ID() string { return p.id }

// Waiting are the records that could not be written yet, and their bytes.
func (p Publisher) Waiting() (records, bytes int) {
	for _, w := range p.late {
		bytes += len(w.record)
	}
	return len(p.late), bytes
}

// MostLate bounds the records that wait.
const MostLate = mostLate

// FromNewer makes of a record one that a newer version wrote in a format of its
// own, and of that the record again.
func FromNewer(record []byte) []byte {
	out := slices.Clone(record)
	out[3] ^= '1' ^ '2'
	return out
}

// WithNewField adds a field to the JSON of a roster.
func WithNewField(record []byte) ([]byte, error) {
	fields := map[string]any{}
	if err := json.Unmarshal(record[8:], &fields); err != nil {
		return nil, err
	}
	fields["news"] = []int{1}
	body, err := json.Marshal(fields)
	return seal(kindRoster, body), err
}

// JoinedEarlier makes of a roster one on which all joined earlier, and nobody has
// folded.
func JoinedEarlier(record []byte, by time.Duration) ([]byte, error) {
	r, err := decodeRoster(record)
	if err != nil {
		return nil, err
	}
	r.Folded = 0
	for i := range r.Starts {
		r.Starts[i].Joined -= by.Milliseconds()
	}
	body, err := json.Marshal(r)
	return seal(kindRoster, body), err
}

// WithLayout changes the layout of a total.
func WithLayout(record []byte, change func(string) string) ([]byte, error) {
	t, err := decodeTotal(record)
	if err != nil {
		return nil, err
	}
	t.Layout = change(t.Layout)
	return t.encode()
}

// Contents is what is in a record, without what surrounds it.
func Contents(record []byte) ([]byte, error) {
	if string(record[:4]) == kindRoster {
		return record[8:], nil
	}
	return decompress(record[8:])
}

// Record is a record of the same kind with other contents.
func Record(like, contents []byte) []byte {
	kind := string(like[:4])
	if kind != kindRoster {
		contents = compress(contents)
	}
	return seal(kind, contents)
}
