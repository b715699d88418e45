package metricstest_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cachier-go/cachier/metrics"
)

// faults are what can be wrong with an exporter.
type faults struct {
	totals        bool // sends totals for deltas
	swallows      bool // takes failures for successes
	dropsRest     bool // doesn't keep the rest of a batch
	repeats       bool // fails although a part was sent
	forgetsQueue  bool // gives the rest up when the target fails again
	deaf          bool // ignores contexts
	ignoresOver   bool // takes a batch and sends nothing when the context is over
	late          bool // sends a batch when the next one comes
	keeps         bool // reads a batch's slices later
	writes        bool // writes to them
	choosy        bool // fails when there is nothing to send
	closedShop    bool // knows the functions of the first batch only
	addsGauges    bool
	functionsOnly bool // leaves out what belongs to no function
	coarse        bool // counts with seven digits
	sharesDrops   bool
	renames       bool
	steals        bool // has one cursor for all exporters
	name          func(string) string
	label         func(map[string]string) map[string]string
}

// stolen is the cursor of those who have one in common.
var (
	stealing sync.Mutex // protects stolen
	stolen   = map[string]metrics.Snapshot{}
)

// before does wrong what can be done wrong with a batch as a whole.
func (e *exporter) before(ctx context.Context, b metrics.Batch) (context.Context, metrics.Batch, error) {
	if e.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	if e.ignoresOver && ctx.Err() != nil {
		return ctx, metrics.Batch{}, nil
	}
	if e.choosy && len(b.Deltas) == 0 {
		return ctx, b, errors.New("nothing to send")
	}
	if e.late {
		b, e.kept = e.kept, metrics.Batch{Deltas: slices.Clone(b.Deltas), Totals: slices.Clone(b.Totals)}
	}
	if e.keeps {
		b, e.kept = e.kept, b
	}
	if e.writes {
		slices.Reverse(b.Deltas)
	}
	if e.closedShop {
		if e.names == nil {
			e.names = map[string]bool{}
			for _, s := range b.Totals {
				e.names[s.Name] = true
			}
		}
		b = b.Select(func(s metrics.Snapshot) bool { return e.names[s.Name] })
	}
	if e.steals {
		stealing.Lock()
		defer stealing.Unlock()
		b.Deltas = slices.Clone(b.Deltas)
		for i, total := range b.Totals {
			b.Deltas[i] = total.Minus(stolen[total.Name])
			stolen[total.Name] = total
		}
	}
	return ctx, b, nil
}

// called and labelled are what a function is called by.
func (f faults) called(name string) string {
	if f.name != nil {
		return f.name(name)
	}
	return name
}

func (f faults) labelled(labels map[string]string) map[string]string {
	if f.label != nil {
		return f.label(labels)
	}
	return labels
}

// sent is what is sent of a datum, if anything is.
func (f faults) sent(d datum) (datum, bool) {
	if f.addsGauges {
		d.gauge = false
	}
	if f.coarse {
		d.value = float64(float32(d.value))
	}
	return d, true
}

var wrong = []struct {
	name   string
	caught string // by this case of the suite
	faults
}{
	{"sends totals", "counts/add up", faults{totals: true}},
	{"counts roughly", "counts/large", faults{coarse: true}},
	{"knows the first functions only", "counts/late and retired", faults{closedShop: true}},
	{"adds gauges up", "counts/gauges", faults{addsGauges: true}},
	{"tells of functions only", "counts/no function", faults{functionsOnly: true}},
	{"steals from others", "counts/two exporters", faults{steals: true}},
	{"folds case", "names/any function", faults{name: strings.ToLower}},
	{"cuts names", "names/any function", faults{name: func(s string) string { return s[:min(len(s), 32)] }}},
	{"takes names for UTF-8", "names/any function", faults{name: func(s string) string { return strings.ToValidUTF8(s, "?") }}},
	{"leaves static labels out", "names/any label", faults{label: func(map[string]string) map[string]string { return nil }}},
	{"lets labels hide", "names/labels of our own", faults{label: func(l map[string]string) map[string]string {
		l = maps.Clone(l)
		delete(l, "reason")
		return l
	}}},
	{"fails on nothing", "batches/empty", faults{choosy: true}},
	{"reads a batch later", "batches/kept", faults{keeps: true}},
	{"writes to a batch", "batches/unchanged", faults{writes: true}},
	{"swallows failures", "failures/down", faults{swallows: true}},
	{"was never there", "failures/down at first", faults{swallows: true}},
	{"drops the rest", "failures/half", faults{dropsRest: true}},
	{"sends a part twice", "failures/half", faults{repeats: true}},
	{"drops the rest at the second failure", "failures/broken again", faults{forgetsQueue: true}},
	{"ignores contexts", "failures/hanging", faults{deaf: true}},
	{"loses a batch with its context", "failures/context over", faults{ignoresOver: true}},
	{"is one batch late", "ends/flush", faults{late: true}},
	{"gives failures up", "ends/flush after a failure", faults{swallows: true}},
	{"shares its map", "accounts/drops", faults{sharesDrops: true}},
	{"renames itself", "accounts/name", faults{renames: true}},
}
