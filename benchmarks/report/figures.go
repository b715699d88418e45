package report

import (
	"fmt"
	"math"

	"github.com/cachier-go/cachier/benchmarks/peer"
	"github.com/cachier-go/cachier/benchmarks/stat"
	"github.com/cachier-go/cachier/benchmarks/suite"
)

// The kinds of keys and the numbers of goroutines for which there are bounds.
var (
	boundKeys       = []string{"string", "int"}
	boundGoroutines = []int{1, 2}
)

func hit(part, keys, subject string, goroutines int) series {
	return series{part, keys, subject, goroutines, "ns/op"}
}

// hitVerdicts compares a hit with full analytics with what others' cost, and its allocations with none.
func hitVerdicts(d *Data) []Verdict {
	against := []struct {
		name string
		b    bound
	}{
		{peer.OtterOn, atMost(0.45)},
		{peer.OtterOff, below(1)},
		{peer.RistrettoOff, below(1)},
		{peer.Prometheus, atMost(0.15)},
	}
	var all []Verdict
	for _, keys := range boundKeys {
		for _, a := range against {
			for _, g := range boundGoroutines {
				ratios := d.ratios(hit("hits", keys, peer.Cachier, g), hit("hits", keys, a.name, g))
				if len(ratios) > 0 {
					all = append(all, judge(fmt.Sprintf("a hit / %s, %s keys, %s", a.name, keys, goroutines(g)), a.b, stat.Of(ratios)))
				}
			}
		}
		if allocs := d.values(series{"hits", keys, peer.Cachier, 1, "allocs/op"}); len(allocs) > 0 {
			all = append(all, judge(fmt.Sprintf("allocations of a hit, %s keys", keys), atMost(0), stat.Of(allocs)))
		}
	}
	return all
}

// pairVerdicts compares a hit with its own price without metrics: the median over processes of each one's median.
func pairVerdicts(d *Data) []Verdict {
	var all []Verdict
	limits := map[string]float64{"string": 1.15, "int": 1.25}
	for _, keys := range boundKeys {
		for _, g := range boundGoroutines {
			medians := d.byProcess(hit("pairs", keys, peer.Cachier, g), hit("pairs", keys, peer.CachierOff, g))
			if len(medians) > 0 {
				figure := fmt.Sprintf("a hit / the same WithoutMetrics, %s keys, %s (processes)", keys, goroutines(g))
				all = append(all, judge(figure, atMost(limits[keys]), stat.Of(medians)))
			}
		}
	}
	return all
}

// scalingVerdicts compares what a second goroutine brings with what it brings a bare look-up.
func scalingVerdicts(d *Data) []Verdict {
	var all []Verdict
	for _, keys := range boundKeys {
		scaling := func(subject string) []float64 {
			return d.ratios(hit("hits", keys, subject, 1), hit("hits", keys, subject, 2))
		}
		if ratios := stat.Ratios(scaling(peer.Cachier), scaling(peer.XSync)); len(ratios) > 0 {
			figure := fmt.Sprintf("scaling from 1 to 2 goroutines / that of a bare look-up, %s keys", keys)
			all = append(all, judge(figure, atLeast(0.95), stat.Of(ratios)))
		}
	}
	return all
}

// ratioVerdicts compares hit ratios on recorded traces with otter's. There is one figure a trace and size, the
// median of its replays, so the interval is the figure.
func ratioVerdicts(d *Data) []Verdict {
	worst, sum, n := math.Inf(1), 0.0, 0
	for _, kase := range d.cases["ratios"] {
		ours := d.values(series{"ratios", kase, peer.Cachier, 0, "hit ratio"})
		otters := d.values(series{"ratios", kase, peer.OtterOff, 0, "hit ratio"})
		if suite.Generated(kase) || len(ours) == 0 || len(otters) == 0 {
			continue
		}
		difference := stat.Median(ours) - stat.Median(otters)
		worst = min(worst, difference)
		sum += difference
		n++
	}
	if n == 0 {
		return nil
	}
	exact := func(v float64) stat.Estimate { return stat.Estimate{Median: v, Low: v, High: v, N: n} }
	return []Verdict{
		judge("hit ratio - otter's, worst trace and size", atLeast(-0.01), exact(worst)),
		judge("hit ratio - otter's, mean", atLeast(0.01), exact(sum/float64(n))),
	}
}

func functionVerdicts(d *Data) []Verdict {
	var all []Verdict
	for _, subject := range d.subjects["functions"] {
		var procs int
		if _, err := fmt.Sscanf(subject, "GOMAXPROCS %d", &procs); err != nil {
			continue
		}
		for i, state := range []string{suite.NeverCalled, suite.Busy} {
			kib := []int{8, 192 + 4*procs}[i]
			if bytes := d.values(series{"functions", state, subject, 0, "B/function"}); len(bytes) > 0 {
				figure := fmt.Sprintf("bytes of a function's metrics, %s, %s", state, subject)
				all = append(all, judge(figure, atMost(float64(kib)*1024), stat.Of(bytes)))
			}
		}
	}
	return all
}

// serviceVerdicts judges what a service of many functions pays for windows and scrapes.
func serviceVerdicts(d *Data) []Verdict {
	var all []Verdict
	figure := func(name string, b bound, values []float64) {
		if len(values) > 0 {
			all = append(all, judge(name, b, stat.Of(values)))
		}
	}
	for _, kase := range d.cases["windows"] {
		figure("keeping windows, % of a core", atMost(0.2), d.values(series{"windows", kase, peer.Cachier, 1, "% of a core"}))
	}
	for _, form := range []string{"text", "protobuf"} {
		figure("a scrape, "+form+", ms", atMost(50), d.values(series{"scrape", form, suite.AllFunctions, 1, "ms"}))
		figure("a scrape, "+form+", MB", atMost(3), d.values(series{"scrape", form, suite.AllFunctions, 1, "MB"}))
	}
	figure("series of a function that was only hit", atMost(60), d.values(series{"scrape", suite.OnlyHit, "text", 0, "series"}))
	figure("hits while scraped every second / alone", below(1.05),
		d.ratios(hit("scrape", "int", suite.ScrapedEverySecond, 1), hit("scrape", "int", suite.Alone, 1)))
	figure("hits while scraped without pause / while another registry is", below(1.05),
		d.ratios(hit("scrape", "int", suite.WhileScraped, 1), hit("scrape", "int", suite.WhileElseScraped, 1)))
	return all
}

func goroutines(n int) string {
	if n == 1 {
		return "1 goroutine"
	}
	return fmt.Sprintf("%d goroutines", n)
}
