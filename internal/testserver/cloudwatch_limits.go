package testserver

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// units are those of the tests' metrics, out of the longer list of CloudWatch.
const units = " Seconds Milliseconds Bytes Percent Count None "

// flaws says what CloudWatch would refuse of a request, by the reference of
// PutMetricData, MetricDatum and Dimension.
func (p PutMetricData) flaws(now time.Time) (all []string) {
	flaw := func(text string, args ...any) { all = append(all, fmt.Sprintf(text, args...)) }
	if p.Namespace == "" || len(p.Namespace) > 255 || strings.HasPrefix(p.Namespace, "AWS/") || strings.HasPrefix(p.Namespace, ":") {
		flaw("the namespace %q", p.Namespace)
	}
	if len(p.Data) > 1000 {
		flaw("%d data in a request", len(p.Data))
	}
	if p.Bytes > 1_000_000 {
		flaw("%d bytes in a request", p.Bytes)
	}
	values := map[string]int{} // of each metric
	for _, d := range p.Data {
		if d.Name == "" || len(d.Name) > 255 || !printable(d.Name) {
			flaw("the name %q", d.Name)
		}
		if len(d.Dimensions) > 30 {
			flaw("%d dimensions of %s", len(d.Dimensions), d.Name)
		}
		for name, value := range d.Dimensions {
			if !dimension(name, 255) || !dimension(value, 1024) {
				flaw("the dimension %q, %q of %s", name, value, d.Name)
			}
		}
		if !strings.Contains(units, " "+d.Unit+" ") {
			flaw("the unit %q of %s", d.Unit, d.Name)
		}
		if d.At.Before(now.Add(-14*24*time.Hour)) || d.At.After(now.Add(2*time.Hour)) {
			flaw("%s is of %v", d.Name, d.At)
		}
		if d.Resolution != 0 && d.Resolution != 1 && d.Resolution != 60 {
			flaw("%s has a resolution of %d", d.Name, d.Resolution)
		}
		if len(d.Values) == 0 || len(d.Values) != len(d.Counts) {
			flaw("%s has %d values and %d counts", d.Name, len(d.Values), len(d.Counts))
		}
		id := d.ID()
		if values[id] += len(d.Values); values[id] > 150 {
			flaw("%s has %d values in one request", id, values[id])
		}
		seen := map[float64]bool{}
		for i, v := range d.Values {
			size := math.Abs(v)
			if !(size <= math.Ldexp(1, 360)) || size > 0 && size < math.Ldexp(1, -360) || d.Counts[i] <= 0 || seen[v] {
				flaw("%s is %v, %v times", d.Name, v, d.Counts[i])
			}
			seen[v] = true
		}
	}
	return all
}

// ID is what CloudWatch knows the metric by, within its namespace.
func (d MetricDatum) ID() string { return fmt.Sprintf("%s %q", d.Name, d.Dimensions) }

// dimension reports whether text may be the name or the value of one.
func dimension(text string, longest int) bool {
	return strings.TrimSpace(text) != "" && len(text) <= longest && text[0] != ':' && printable(text)
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
}
