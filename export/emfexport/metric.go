package emfexport

import "github.com/cachier-go/cachier/export/internal/cwdata"

// Metric chooses a metric of the catalogue for all functions, and those of its
// labels that become dimensions. Series that differ in other labels are added up;
// of gauges the largest counts. Each combination of dimensions is a metric to
// CloudWatch, and to its bill. A metric may be chosen more than once where one of
// its labels is of other values each time.
type Metric struct {
	Name   string              // as in OpenTelemetry without "cachier.": "compute.duration"
	Labels map[string][]string // and the values that are wanted; nil values: all
}

// Ten is what is sent unless Options.Metrics says otherwise: calls by outcome
// (hit, stale by its two reasons, miss, and coalesced, of which all ratios are
// made), errors, how long calls, computations and waits took, and the time saved.
// The slice is the caller's.
func Ten() []Metric { return of(cwdata.Ten()) }

// All is every series of the catalogue: some 30 to 100 a function. The slice is
// the caller's.
func All() []Metric { return of(cwdata.All()) }

// Escape returns text as it stands in the name or the value of a dimension.
// CloudWatch takes printable ASCII that doesn't begin with a colon: any other
// byte, the percent sign, and a space at either end become "%" and two
// hexadecimal digits; the empty text is "%".
func Escape(text string) string { return cwdata.Escape(text) }

// Unescape returns the text of which Escape made escaped; an error for what
// Escape doesn't make.
func Unescape(escaped string) (string, error) { return cwdata.Unescape(escaped) }

func of(choices []cwdata.Choice) (all []Metric) {
	for _, c := range choices {
		all = append(all, Metric(c))
	}
	return all
}

func choices(all []Metric) (choices []cwdata.Choice) {
	for _, m := range all {
		choices = append(choices, cwdata.Choice(m))
	}
	return choices
}
