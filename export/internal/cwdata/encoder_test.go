package cwdata_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/internal/cwdata"
	"github.com/cachier-go/cachier/metrics"
)

// busy is a batch of one function to which everything happened.
func busy(t testing.TB) metrics.Batch {
	t.Helper()
	r, err := metrics.NewRecorder("f", metrics.RecorderOptions{Gauges: func(g *metrics.Gauges) { g.CircuitRead, g.CircuitWrite = 0, 1 }})
	if err != nil {
		t.Fatal(err)
	}
	for o := metrics.Hit; o <= metrics.Bypass; o++ {
		for _, reason := range append(o.Reasons(), metrics.NoReason) {
			r.Record(metrics.Call{Outcome: o, Reason: reason, Err: metrics.ErrorFunction, Duration: time.Millisecond, Cost: time.Second})
		}
	}
	for _, trigger := range []metrics.Trigger{metrics.TriggerMiss, metrics.TriggerAhead} {
		r.Compute(metrics.Computation{Trigger: trigger, Duration: time.Millisecond})
	}
	r.Wait(metrics.ScopeProcess, metrics.ResultOK, time.Millisecond)
	r.Wait(metrics.ScopeLimit, metrics.ResultTimeout, time.Second)
	s := r.Snapshot()
	return metrics.Batch{Deltas: []metrics.Snapshot{s}, Totals: []metrics.Snapshot{s}}
}

// encoded is the data of a batch as text.
func encoded(t testing.TB, s cwdata.Settings, b metrics.Batch) (all []string) {
	t.Helper()
	e, err := cwdata.NewEncoder(s, func(reason string, data int) { t.Errorf("%d data are given up: %s", data, reason) })
	if err != nil {
		t.Fatal(err)
	}
	for set := range e.Batch(b) {
		for _, d := range set.Data {
			text := fmt.Sprintf("%s %v %v", d.Name, set.Dimensions, d.Unit)
			if d.Values == nil {
				text += fmt.Sprintf(" %v", d.Value)
			} else {
				n := 0.0
				for _, c := range d.Counts {
					n += c
				}
				text += fmt.Sprintf(" %v values", n)
			}
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return all
}

// Ten is ten, also of a function to which everything happened.
func TestTen(t *testing.T) {
	want := []string{
		"compute.duration [{cache f}] Seconds 2 values",
		"request.duration [{cache f}] Seconds 19 values",
		"request.errors [{cache f}] Count 19",
		"requests [{cache f} {outcome coalesced}] Count 1",
		"requests [{cache f} {outcome hit}] Count 1",
		"requests [{cache f} {outcome miss}] Count 10",
		"requests [{cache f} {outcome stale} {reason error}] Count 1",
		"requests [{cache f} {outcome stale} {reason revalidate}] Count 2",
		"time.saved [{cache f}] Seconds 3",
		"wait.duration [{cache f}] Seconds 2 values",
	}
	if got := encoded(t, cwdata.Settings{}, busy(t)); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// All has each series once, and no two under one name.
func TestAll(t *testing.T) {
	b := busy(t)
	got := encoded(t, cwdata.Settings{Choices: cwdata.All()}, b)
	n := 0
	for s := range b.Deltas[0].Series() {
		if s.Metric.Kind == metrics.KindGauge || s.Value > 0 || s.Buckets.Count > 0 {
			n++
		}
	}
	seen := map[string]bool{}
	for _, text := range got {
		name, _, _ := strings.Cut(text, "]")
		if seen[name] {
			t.Errorf("%s comes twice", name)
		}
		seen[name] = true
	}
	if len(got) != n {
		t.Errorf("%d data of %d series", len(got), n)
	}
}

// Series that differ in other labels are added up, whatever the choice, and those
// that lack a label are wanted only if all its values are.
func TestChoices(t *testing.T) {
	b := busy(t)
	for _, c := range []cwdata.Choice{
		{Name: "requests"},
		{Name: "requests", Labels: map[string][]string{"reason": nil}},
		{Name: "requests", Labels: map[string][]string{"reason": {"absent", "expired"}}},
		{Name: "requests", Labels: map[string][]string{"outcome": {"miss"}, "reason": nil}},
		{Name: "request.errors", Labels: map[string][]string{"error": nil}},
	} {
		want := map[string]float64{}
		for s := range b.Deltas[0].Series() {
			if s.Metric.OTel != "cachier."+c.Name || s.Value == 0 {
				continue
			}
			labels := map[string]string{}
			for _, l := range s.Labels {
				labels[l.Name] = l.Value
			}
			wanted, key := true, "{cache f}"
			for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
				value, has := labels[name]
				if of := c.Labels[name]; of != nil && !slices.Contains(of, value) {
					wanted = false
				}
				if has {
					key += fmt.Sprintf(" {%s %s}", name, value)
				}
			}
			if wanted {
				want[key] += s.Value
			}
		}
		var texts []string
		for key, n := range want {
			texts = append(texts, fmt.Sprintf("%s [%s] Count %v", c.Name, key, n))
		}
		slices.Sort(texts)
		if got := encoded(t, cwdata.Settings{Choices: []cwdata.Choice{c}}, b); !slices.Equal(got, texts) {
			t.Errorf("%v: %q, want %q", c, got, texts)
		}
	}
}

// Whatever functions and labels are called, two never share their dimensions.
func FuzzDimensions(f *testing.F) {
	f.Add("users.fetch", "team", "search", "users", "fetch.team", "")
	f.Add("a", "cache", "x", "a", "label_cache", "x")
	f.Add("a", "requests", "x", "a", "label_requests", "x")
	f.Add("a", "backend.x", " ", "a", "_aws", "%20")
	f.Fuzz(func(t *testing.T, name1, label1, value1, name2, label2, value2 string) {
		if name1 == "" || name2 == "" || label1 == "" || label2 == "" || len(name1+label1+value1+name2+label2+value2) > 80 {
			t.Skip("refused elsewhere")
		}
		var ids [2]string
		for i, of := range [][3]string{{name1, label1, value1}, {name2, label2, value2}} {
			r, err := metrics.NewRecorder(of[0], metrics.RecorderOptions{Labels: map[string]string{of[1]: of[2]}})
			if err != nil {
				t.Fatal(err)
			}
			r.Record(metrics.Call{Outcome: metrics.Hit, Duration: metrics.Unknown, Age: metrics.Unknown})
			e, err := cwdata.NewEncoder(cwdata.Settings{Choices: []cwdata.Choice{{Name: "requests"}}}, func(string, int) {})
			if err != nil {
				t.Fatal(err)
			}
			s := r.Snapshot()
			for set := range e.Batch(metrics.Batch{Deltas: []metrics.Snapshot{s}, Totals: []metrics.Snapshot{s}}) {
				seen := map[string]bool{}
				for _, d := range set.Dimensions {
					if seen[d.Name] || d.Name == "requests" || d.Name == "_aws" {
						t.Errorf("the dimension %q", d.Name)
					}
					seen[d.Name] = true
				}
				ids[i] = fmt.Sprintf("%q", set.Dimensions)
			}
		}
		if same := name1 == name2 && label1 == label2 && value1 == value2; same != (ids[0] == ids[1]) || ids[0] == "" {
			t.Errorf("%s and %s", ids[0], ids[1])
		}
	})
}
