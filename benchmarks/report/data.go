package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/cachier-go/cachier/benchmarks/peer"
	"github.com/cachier-go/cachier/benchmarks/stat"
	"github.com/cachier-go/cachier/benchmarks/suite"
)

// series names samples that were taken of the same thing.
type series struct {
	part, kase, subject string
	goroutines          int
	unit                string
}

// moment is when a sample was taken: what was taken at the same moment makes a pair.
type moment struct{ process, round int }

// Data holds the samples of a run. The zero value is empty and ready.
type Data struct {
	series map[series]map[moment]float64
	// What each part has, in the order of the tables.
	cases, subjects map[string][]string
}

// Add takes one sample in.
func (d *Data) Add(s suite.Sample) {
	if d.series == nil {
		d.series = map[series]map[moment]float64{}
		d.cases, d.subjects = map[string][]string{}, map[string][]string{}
	}
	k := series{s.Part, s.Case, s.Subject, s.Goroutines, s.Unit}
	if d.series[k] == nil {
		d.series[k] = map[moment]float64{}
	}
	d.series[k][moment{s.Process, s.Round}] = s.Value
	note(d.cases, s.Part, s.Case, []string{"string", "int", "struct"})
	note(d.subjects, s.Part, s.Subject, setUps())
}

// note puts a name that is new among those of the part: known ones in their order, others behind as they come. Samples
// come in the order drawn for their round, which says nothing.
func note(names map[string][]string, part, name string, known []string) {
	if slices.Contains(names[part], name) {
		return
	}
	rank := func(name string) int {
		if at := slices.Index(known, name); at >= 0 {
			return at
		}
		return len(known)
	}
	names[part] = append(names[part], name)
	slices.SortStableFunc(names[part], func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
}

func setUps() []string {
	var names []string
	for _, p := range peer.All[string, int]() {
		names = append(names, p.Name)
	}
	return names
}

// has says whether a part was measured at all.
func (d *Data) has(part string) bool { return len(d.cases[part]) > 0 }

// moments returns when the series was sampled, in order of time.
func (d *Data) moments(k series) []moment {
	return slices.SortedFunc(maps.Keys(d.series[k]), func(a, b moment) int {
		return cmp.Or(cmp.Compare(a.process, b.process), cmp.Compare(a.round, b.round))
	})
}

// values returns the samples of the series, in order of time.
func (d *Data) values(k series) []float64 {
	var v []float64
	for _, m := range d.moments(k) {
		v = append(v, d.series[k][m])
	}
	return v
}

func (d *Data) estimate(k series) stat.Estimate { return stat.Of(d.values(k)) }

// ratios divides what was measured in the same process and round.
func (d *Data) ratios(numerator, denominator series) []float64 {
	var above, below []float64
	for _, m := range d.moments(numerator) {
		if b, ok := d.series[denominator][m]; ok {
			above, below = append(above, d.series[numerator][m]), append(below, b)
		}
	}
	return stat.Ratios(above, below)
}

// byProcess returns the median ratio of each process.
func (d *Data) byProcess(numerator, denominator series) []float64 {
	ratios := map[int][]float64{}
	for _, m := range d.moments(numerator) {
		if b, ok := d.series[denominator][m]; ok {
			ratios[m.process] = append(ratios[m.process], d.series[numerator][m]/b)
		}
	}
	var medians []float64
	for _, process := range slices.Sorted(maps.Keys(ratios)) {
		medians = append(medians, stat.Median(ratios[process]))
	}
	return medians
}
