package report

import (
	"fmt"
	"strings"

	"github.com/cachier-go/cachier/benchmarks/stat"
)

// Verdict is one figure that the project promises, and what was measured.
type Verdict struct {
	// Figure says what was measured, Bound what it must be.
	Figure, Bound string
	// Found is the median, with its 95 % interval.
	Found stat.Estimate
	// Pass says that the median keeps the bound.
	Pass bool
	// Sure says that the whole interval is on the same side of the bound as the median.
	Sure bool
}

// bound is a limit and the side of it that is good.
type bound struct {
	sign  string
	limit float64
}

func atMost(limit float64) bound  { return bound{"<=", limit} }
func below(limit float64) bound   { return bound{"<", limit} }
func atLeast(limit float64) bound { return bound{">=", limit} }

func (b bound) holds(v float64) bool {
	switch b.sign {
	case "<":
		return v < b.limit
	case ">=":
		return v >= b.limit
	}
	return v <= b.limit
}

// judge compares a figure with its bound. Without a single sample it fails.
func judge(figure string, b bound, found stat.Estimate) Verdict {
	v := Verdict{Figure: figure, Bound: fmt.Sprintf("%s %v", b.sign, b.limit), Found: found, Pass: b.holds(found.Median)}
	v.Sure = b.holds(found.Low) == v.Pass && b.holds(found.High) == v.Pass
	return v
}

// Verdicts judges every figure that the samples hold, in the order of the parts.
func Verdicts(d *Data) []Verdict {
	all := hitVerdicts(d)
	all = append(all, pairVerdicts(d)...)
	all = append(all, scalingVerdicts(d)...)
	all = append(all, ratioVerdicts(d)...)
	all = append(all, functionVerdicts(d)...)
	all = append(all, serviceVerdicts(d)...)
	return all
}

func writeVerdicts(w *strings.Builder, all []Verdict) {
	fmt.Fprintf(w, "| figure | bound | median | 95 %% interval | n | |\n|---|---|---|---|---|---|\n")
	for _, v := range all {
		word := "PASS"
		if !v.Pass {
			word = "**FAIL**"
		}
		if !v.Sure {
			word += ", the interval crosses the bound"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s .. %s | %d | %s |\n",
			v.Figure, v.Bound, number(v.Found.Median), number(v.Found.Low), number(v.Found.High), v.Found.N, word)
	}
	w.WriteByte('\n')
}

// number prints three significant digits, without an exponent.
func number(v float64) string {
	switch {
	case v >= 100 || v <= -100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10 || v <= -10:
		return fmt.Sprintf("%.1f", v)
	case v == float64(int(v)):
		return fmt.Sprintf("%d", int(v))
	case v < 1 && v > -1:
		return fmt.Sprintf("%.3f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
