package metrics_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

func TestSources(t *testing.T) {
	var recorders []metrics.Source
	for i, name := range []string{"a", "b", "a", "c"} {
		r := newRecorder(name, metrics.RecorderOptions{})
		record(r, i+1)
		recorders = append(recorders, r)
	}
	all := metrics.Join(recorders...)
	for what, c := range map[string]struct {
		src  metrics.Source
		want []uint64
	}{
		"join":    {all, []uint64{1, 2, 3, 4}},
		"filter":  {metrics.Filter(all, func(s metrics.Snapshot) bool { return s.Name != "a" }), []uint64{2, 4}},
		"by name": {metrics.ByName(all), []uint64{4, 2, 4}},
		"none":    {metrics.Join(), nil},
		"func":    {metrics.SourceFunc(func() iter.Seq[metrics.Snapshot] { return slices.Values([]metrics.Snapshot{{}}) }), []uint64{0}},
	} {
		var calls []uint64
		for s := range c.src.Snapshots() {
			calls = append(calls, s.Calls())
		}
		if !slices.Equal(calls, c.want) {
			t.Errorf("%s: %v, want %v", what, calls, c.want)
		}
		read, err := metrics.ReadSnapshots(t.Context(), c.src)
		if err != nil || len(read) != len(c.want) || len(read) > 0 && read[0].Calls() != c.want[0] {
			t.Errorf("%s: read %d snapshots, %v", what, len(read), err)
		}
		for range c.src.Snapshots() {
			break // stopping early does no harm
		}
	}
	if sum := metrics.Sum(all.Snapshots()); sum.Calls() != 10 || sum.Name != "" {
		t.Errorf("sum: %d of %q", sum.Calls(), sum.Name)
	}
	if sum := metrics.Sum(metrics.Join().Snapshots()); sum.Calls() != 0 || sum.Gauges().CircuitRead != -1 {
		t.Errorf("sum of nothing: %+v", sum)
	}
}

// failing is a source that can't tell.
type failing struct{ metrics.Source }

var errFailing = errors.New("can't tell")

func (failing) ReadSnapshots(context.Context) ([]metrics.Snapshot, error) { return nil, errFailing }

// What is made of a source that can't tell can't either, rather than tell a part.
func TestFallibleSource(t *testing.T) {
	good, bad := newRecorder("a", metrics.RecorderOptions{}), failing{metrics.NewRegistry()}
	for what, src := range map[string]metrics.Source{
		"itself": bad,
		"join":   metrics.Join(good, bad),
		"filter": metrics.Filter(metrics.Join(bad, good), func(metrics.Snapshot) bool { return true }),
	} {
		if all, err := metrics.ReadSnapshots(t.Context(), src); !errors.Is(err, errFailing) || len(all) > 0 {
			t.Errorf("%s: %d snapshots, %v", what, len(all), err)
		}
	}
}
