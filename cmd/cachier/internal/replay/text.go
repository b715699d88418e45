package replay

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
)

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	if !r.Complete {
		fmt.Fprintf(&b, "Interrupted: this covers the first %s accesses.\n\n", text.Count(r.Calls))
	}
	r.writeSetting(&b)
	r.writeOutcomes(&b)
	r.writeWindows(&b)
	r.writeLatencies(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) writeSetting(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s accesses", r.Trace.File, text.Count(r.Calls))
	if r.Trace.Span != nil {
		fmt.Fprintf(b, " in %s", text.Duration(seconds(*r.Trace.Span)))
	}
	fmt.Fprintf(b, " (%s", r.Trace.Format)
	if r.Trace.Compression != "none" {
		fmt.Fprintf(b, ", %s", r.Trace.Compression)
	}
	if len(r.Trace.Columns) > 0 {
		fmt.Fprintf(b, ", with %s", strings.Join(r.Trace.Columns, ", "))
	}
	b.WriteString(")\nthrough a function that keeps at most ")
	var bounds []string
	if r.Cache.MaxEntries > 0 {
		bounds = append(bounds, text.Count(uint64(r.Cache.MaxEntries))+" entries")
	}
	if r.Cache.MaxWeight > 0 {
		bounds = append(bounds, text.Bytes(r.Cache.MaxWeight))
	}
	b.WriteString(strings.Join(bounds, " and "))
	if r.Cache.TTL != nil {
		fmt.Fprintf(b, ", each for %s of the trace's time", span(seconds(*r.Cache.TTL)))
	}
	b.WriteString("\n\n")
}

func (r *Report) writeOutcomes(b *strings.Builder) {
	row := func(name string, n uint64) []string {
		return []string{name, text.Count(n), text.Percent(float64(n) / float64(r.Calls))}
	}
	rows := [][]string{row("hit", r.Outcomes.Hit)}
	for _, rare := range []struct {
		name string
		n    uint64
	}{{"stale", r.Outcomes.Stale}, {"coalesced", r.Outcomes.Coalesced}, {"bypass", r.Outcomes.Bypass}} {
		if rare.n > 0 {
			rows = append(rows, row(rare.name, rare.n))
		}
	}
	rows = append(rows, row("miss", r.Outcomes.Miss))
	for _, m := range r.Misses {
		rows = append(rows, row("  "+m.Reason, m.Count))
	}
	b.WriteString(text.Table([]string{"<outcome", "calls", "share"}, rows))
	fmt.Fprintf(b, "\nHit ratio %s. ", text.Percent(number(r.Ratios.Hit)))
	if r.Removals.Expired > 0 {
		fmt.Fprintf(b, "%s entries expired and ", text.Count(r.Removals.Expired))
	}
	fmt.Fprintf(b, "%s were evicted for room", text.Count(r.Removals.Capacity))
	if r.Cache.Entries != nil {
		fmt.Fprintf(b, "; %s were left", text.Count(uint64(*r.Cache.Entries)))
		if r.Cache.Weight != nil {
			fmt.Fprintf(b, ", of %s", text.Bytes(*r.Cache.Weight))
		}
	}
	b.WriteString(".\n")
	if r.Cost != nil {
		computed, saved := seconds(r.Cost.Computed), seconds(r.Cost.Saved)
		fmt.Fprintf(b, "By the trace's costs, computing took %s and hits saved %s (%s of all).\n",
			text.Duration(computed), text.Duration(saved), text.Percent(float64(saved)/float64(saved+computed)))
	}
}

func (r *Report) writeWindows(b *strings.Builder) {
	byTime := r.Windows.Unit == "seconds"
	where := func(x float64) string {
		switch {
		case !byTime:
			return text.Count(uint64(x))
		case x == 0:
			return "0"
		}
		return span(seconds(x))
	}
	if byTime {
		fmt.Fprintf(b, "\nWindows of %s, in the trace's own time:\n", where(r.Windows.Length))
	} else {
		fmt.Fprintf(b, "\nWindows of %s accesses (the trace has no times):\n", where(r.Windows.Length))
	}
	header := []string{"from", "calls", "absent", "evicted"}
	if r.Cache.TTL != nil {
		header = append(header, "expired")
	}
	if r.Cost != nil {
		header = append(header, "saved")
	}
	header = append(header, "hit ratio", "<")
	var rows [][]string
	for i, w := range r.Windows.List {
		if list := r.Windows.List; w.Calls == 0 && i > 0 && list[i-1].Calls == 0 {
			// A long pause is told in two rows.
			if i == 1 || list[i-2].Calls > 0 {
				rows = append(rows, append([]string{"..."}, make([]string, len(header)-1)...))
			}
			continue
		}
		row := []string{where(w.From), text.Count(w.Calls), text.Count(w.Absent), text.Count(w.Evicted)}
		if r.Cache.TTL != nil {
			row = append(row, text.Count(w.Expired))
		}
		if r.Cost != nil {
			row = append(row, text.Duration(seconds(w.Cost.Saved)))
		}
		ratio := number(w.HitRatio)
		rows = append(rows, append(row, text.Percent(ratio), text.Bar(ratio, 20)))
	}
	b.WriteString(text.Table(header, rows))
}

func (r *Report) writeLatencies(b *strings.Builder) {
	b.WriteString("\nTime of calls, on this machine, with nothing to compute:\n")
	var rows [][]string
	for _, l := range []struct {
		name string
		Latency
	}{{"hit", r.Latency.Hit}, {"miss", r.Latency.Miss}, {"all", r.Latency.All}} {
		row := []string{l.name}
		for _, x := range []*float64{l.Mean, l.P50, l.P90, l.P99, l.P999} {
			if x == nil {
				row = append(row, text.None)
			} else {
				row = append(row, text.Duration(seconds(*x)))
			}
		}
		rows = append(rows, row)
	}
	b.WriteString(text.Table([]string{"<outcome", "mean", "p50", "p90", "p99", "p99.9"}, rows))
	if r.Latency.Hit.Estimated {
		b.WriteString("(hits from a sample; counts and ratios are exact)\n")
	}
	fmt.Fprintf(b, "\nReplayed in %s, reading included: %s calls a second while calling.\n",
		text.Duration(seconds(r.Speed.Seconds)), text.Rate(number(r.Speed.CallsPerSecond)))
}

// span writes a window's place: 90s, 15m, 2h30m, 3d.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	s = strings.TrimSuffix(s, "m0s") + strings.Repeat("m", strings.Count(s, "m0s"))
	return strings.TrimSuffix(s, "h0m") + strings.Repeat("h", strings.Count(s, "h0m"))
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }

func number(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}
