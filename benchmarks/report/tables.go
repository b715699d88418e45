package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/cachier-go/cachier/benchmarks/peer"
	"github.com/cachier-go/cachier/benchmarks/stat"
	"github.com/cachier-go/cachier/benchmarks/suite"
)

// Markdown returns the tables of every part that the samples hold, and the verdicts above them.
func Markdown(d *Data) string {
	var w strings.Builder
	if all := Verdicts(d); len(all) > 0 {
		w.WriteString("## Figures\n\n")
		writeVerdicts(&w, all)
	}
	for _, keys := range d.cases["hits"] {
		section(&w, "A hit, "+keys+" keys", timings(d, "hits", keys, peer.Cachier))
	}
	for _, keys := range d.cases["pairs"] {
		section(&w, "With and without metrics, "+keys+" keys", timings(d, "pairs", keys, peer.Cachier))
	}
	for _, part := range []string{"misses", "mixed"} {
		for _, kase := range d.cases[part] {
			section(&w, "Calls: "+kase, timings(d, part, kase, peer.Cachier))
		}
	}
	for _, kase := range d.cases["stampede"] {
		section(&w, "Stampede: "+kase, crowdTable(d, kase))
	}
	if d.has("ratios") {
		section(&w, "Hit ratios", ratioTable(d))
	}
	for _, kase := range d.cases["entries"] {
		section(&w, "Memory of an entry beyond key and value, and a collection: "+kase, entryTable(d, kase))
	}
	if d.has("functions") {
		section(&w, "Memory of a function's metrics, bytes", pivot(d, "functions", "B/function"))
	}
	if d.has("scrape") {
		section(&w, "Hits beside scrapes", timings(d, "scrape", "int", suite.WhileScraped))
	}
	return w.String()
}

func section(w *strings.Builder, title, table string) {
	if table != "" {
		fmt.Fprintf(w, "### %s\n\n%s\n", title, table)
	}
}

// timings prints the time of an operation of each subject, and the subject of interest as a ratio to each.
func timings(d *Data, part, kase, interest string) string {
	var w strings.Builder
	fmt.Fprintf(&w, "| | ns, 1 goroutine | ns, 2 goroutines | allocs | found | %s / this, 1 | %s / this, 2 |\n", interest, interest)
	w.WriteString("|---|---|---|---|---|---|---|\n")
	rows := 0
	for _, subject := range d.subjects[part] {
		one := series{part, kase, subject, 1, "ns/op"}
		if d.series[one] == nil {
			continue
		}
		rows++
		two, found := one, one
		two.goroutines, found.unit = 2, "found"
		allocs := series{part, kase, subject, 1, "allocs/op"}
		cells := []string{subject, cell(d.estimate(one)), cell(d.estimate(two)), median(d.estimate(allocs)), median(d.estimate(found))}
		for g := 1; g <= 2; g++ {
			cells = append(cells, cell(stat.Of(d.ratios(
				series{part, kase, interest, g, "ns/op"}, series{part, kase, subject, g, "ns/op"}))))
		}
		fmt.Fprintf(&w, "| %s |\n", strings.Join(cells, " | "))
	}
	if rows == 0 {
		return ""
	}
	return w.String()
}

// cell prints a median and its interval; nothing where there is none.
func cell(e stat.Estimate) string {
	if e.N == 0 {
		return ""
	}
	return fmt.Sprintf("%s (%s-%s)", number(e.Median), number(e.Low), number(e.High))
}

func median(e stat.Estimate) string {
	if e.N == 0 {
		return ""
	}
	return number(e.Median)
}

func crowdTable(d *Data, kase string) string {
	var w strings.Builder
	w.WriteString("| | µs beyond computing | runs of the function, median | most |\n|---|---|---|---|\n")
	for _, subject := range d.subjects["stampede"] {
		runs := d.values(series{"stampede", kase, subject, suite.Crowd, "runs"})
		most := math.Inf(-1)
		for _, r := range runs {
			most = max(most, r)
		}
		fmt.Fprintf(&w, "| %s | %s | %s | %s |\n", subject,
			cell(d.estimate(series{"stampede", kase, subject, suite.Crowd, "µs beyond computing"})), number(stat.Median(runs)), number(most))
	}
	return w.String()
}

// ratioTable has a row a trace and size, a column a policy, and the means of recorded and generated traces below.
func ratioTable(d *Data) string {
	var w strings.Builder
	subjects := d.subjects["ratios"]
	fmt.Fprintf(&w, "| trace @ size | %s |\n|---|%s\n", strings.Join(subjects, " | "), strings.Repeat("---|", len(subjects)))
	sums, counts := map[bool][]float64{}, map[bool]int{}
	for _, kase := range d.cases["ratios"] {
		g := suite.Generated(kase)
		if sums[g] == nil {
			sums[g] = make([]float64, len(subjects))
		}
		counts[g]++
		fmt.Fprintf(&w, "| %s |", kase)
		for i, s := range subjects {
			v := stat.Median(d.values(series{"ratios", kase, s, 0, "hit ratio"}))
			sums[g][i] += v
			fmt.Fprintf(&w, " %.3f |", v)
		}
		w.WriteByte('\n')
	}
	for _, g := range []bool{false, true} {
		if counts[g] == 0 {
			continue
		}
		title := "mean of recorded traces"
		if g {
			title = "mean of generated traces"
		}
		fmt.Fprintf(&w, "| **%s** |", title)
		for _, sum := range sums[g] {
			fmt.Fprintf(&w, " **%.3f** |", sum/float64(counts[g]))
		}
		w.WriteByte('\n')
	}
	return w.String()
}

func entryTable(d *Data, kase string) string {
	var w strings.Builder
	w.WriteString("| | bytes | ms a collection | found |\n|---|---|---|---|\n")
	for _, s := range d.subjects["entries"] {
		bytes := d.estimate(series{"entries", kase, s, 0, "B/entry"})
		if bytes.N == 0 {
			continue
		}
		fmt.Fprintf(&w, "| %s | %s | %s | %s |\n", s, median(bytes),
			median(d.estimate(series{"entries", kase, s, 0, "ms/collection"})), median(d.estimate(series{"entries", kase, s, 0, "found"})))
	}
	return w.String()
}

// pivot prints cases as rows and subjects as columns.
func pivot(d *Data, part, unit string) string {
	var w strings.Builder
	fmt.Fprintf(&w, "| | %s |\n|---|%s\n", strings.Join(d.subjects[part], " | "), strings.Repeat("---|", len(d.subjects[part])))
	for _, kase := range d.cases[part] {
		fmt.Fprintf(&w, "| %s |", kase)
		for _, s := range d.subjects[part] {
			fmt.Fprintf(&w, " %s |", median(d.estimate(series{part, kase, s, 0, unit})))
		}
		w.WriteByte('\n')
	}
	return w.String()
}
