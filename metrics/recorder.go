package metrics

import (
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"
)

// ErrNoName is returned for a recorder without a name.
var ErrNoName = errors.New("cachier: a recorder needs a name")

// RecorderOptions are what [NewRecorder] may be told. The zero value is a
// memory cache without labels.
//
// A cache that counts its memory hits itself gives Hits: they are added to the
// outcome hit and to the look-ups of the local tier that succeeded. Hits is
// called at any time from any goroutine, must be cheap and must never fall.
type RecorderOptions struct {
	Labels     map[string]string // static labels; copied
	Backend    string            // kind of the store, the label `backend`; "" means "memory"
	Type       string            // identity of what is cached; see [Registry.Register]
	Sampling   Sampling          // of memory hits; only stated, see [Sampling]
	Hits       func() uint64     // memory hits counted elsewhere, see above
	Gauges     func(*Gauges)     // fills in gauges when a snapshot is taken; must be cheap and take no lock
	HotKeys    int               // how many hot keys to follow; 0 means 32, negative none, at most 256
	RevealKeys bool              // keep keys to show them in [Recorder.HotKeys] instead of only their hash
}

// Recorder gathers the metrics of one cached function. All its methods are safe
// for concurrent use, allocate nothing in steady state, and do nothing on a nil
// *Recorder. Make one with [NewRecorder].
type Recorder struct {
	// Set once.
	name, backend, typ string
	labels             map[string]string
	sampling           Sampling
	hits               func() uint64
	gauges             func(*Gauges)
	hotLimit           int
	reveal             bool
	start              time.Time

	// Added to by everybody. Cells as in the layout.
	counters   []atomic.Uint64
	floats     []atomicFloat
	histograms []atomic.Pointer[liveHistogram]
	ownHits    atomic.Pointer[stripes] // hits that Record was told of
	inFlight   liveGauge
	waiters    liveGauge
	hot        atomic.Pointer[hotKeys] // made with the first key

	windows    windows
	remembered atomic.Pointer[remembered] // of earlier starts; see [Registry.Remember]
	retired    atomic.Bool                // folded into a registry; can't be registered again
}

// NewRecorder returns a recorder for the function or cache of the given name,
// which becomes the label `cache`. An empty name is [ErrNoName]; a HotKeys
// over 256 and a label without a name are errors too.
func NewRecorder(name string, o RecorderOptions) (*Recorder, error) {
	if name == "" {
		return nil, ErrNoName
	}
	if o.HotKeys > maxHotKeys {
		return nil, fmt.Errorf("cachier: %d hot keys for %q are more than %d", o.HotKeys, name, maxHotKeys)
	}
	for label := range o.Labels {
		if label == "" {
			return nil, fmt.Errorf("cachier: a label of %q has no name", name)
		}
	}
	r := &Recorder{
		name: name, backend: o.Backend, typ: o.Type, labels: maps.Clone(o.Labels), sampling: o.Sampling,
		hits: o.Hits, gauges: o.Gauges, hotLimit: o.HotKeys, reveal: o.RevealKeys, start: time.Now(),
		counters:   make([]atomic.Uint64, numCounters),
		floats:     make([]atomicFloat, numFloats),
		histograms: make([]atomic.Pointer[liveHistogram], numHistograms),
	}
	r.windows.next.Store(int64(rings[0].step))
	if r.backend == "" {
		r.backend = "memory"
	}
	if r.hotLimit == 0 {
		r.hotLimit = defaultHotKeys
	}
	return r, nil
}

// Name returns the name given to [NewRecorder]; "" for a nil *Recorder.
func (r *Recorder) Name() string {
	if r == nil {
		return ""
	}
	return r.name
}

// count adds n to a counter; a cell below 0 stands for a value outside its
// enumeration and is left out.
func (r *Recorder) count(cell int, n uint64) {
	if cell >= 0 {
		r.counters[cell].Add(n)
	}
}

// observe adds a value to a histogram; a cell below 0 is left out.
func (r *Recorder) observe(cell int, v float64, weight uint64) {
	if cell >= 0 {
		r.histogram(cell).observe(v, weight)
	}
}

// histogram returns the histogram of a cell, made at its first value.
func (r *Recorder) histogram(cell int) *liveHistogram {
	p := &r.histograms[cell]
	if h := p.Load(); h != nil {
		return h
	}
	p.CompareAndSwap(nil, &liveHistogram{lowest: lowest(cell)})
	return p.Load() // ours, or that of whoever was faster
}

// add adds v to a sum of seconds or money. Sums never fall: what isn't
// positive, or is no number, is left out.
func (r *Recorder) add(metric int, v float64) {
	if v > 0 && v <= maxFloat {
		r.floats[families[metric].first].add(v)
	}
}
