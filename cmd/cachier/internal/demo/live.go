package demo

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
	"github.com/cachier-go/cachier/metrics"
)

// tell writes how it goes until ctx ends: one line that is kept up to date on
// a terminal, a line every few seconds elsewhere.
func (s *service) tell(ctx context.Context, o Options) {
	every := 5 * time.Second
	terminal := o.Columns() > 0
	if terminal {
		every = time.Second
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			if terminal {
				printf(o.Out, "\r\x1b[K")
			}
			return
		case <-ticker.C:
		}
		if line := s.line(); terminal {
			// A line that wraps couldn't be taken back.
			printf(o.Out, "\r\x1b[K%s", cut(line, o.Columns()-1))
		} else {
			printf(o.Out, "%s\n", line)
		}
	}
}

// line says how it goes just now.
func (s *service) line() string {
	now, minute := s.total(0), s.total(time.Minute)
	parts := []string{
		fmt.Sprintf("%4s", time.Since(s.start).Truncate(time.Second)),
		text.Count(now.Calls()) + " calls",
		text.Rate(perSecond(minute)) + "/s",
		"hit ratio " + text.Percent(minute.HitRatio()),
		"saved " + text.Duration(now.Saved().Duration()),
		fmt.Sprintf("%d under way", now.InFlight()),
	}
	if broken(time.Since(s.upstream.start)) {
		parts = append(parts, "rates out of order")
	}
	return strings.Join(parts, "  ")
}

// perSecond is the rate of calls over the span that a window covers.
func perSecond(w metrics.Snapshot) float64 {
	span := w.To.Sub(w.From)
	if span <= 0 {
		return 0
	}
	return float64(w.Calls()) / span.Seconds()
}

// cut keeps the first n characters of a line.
func cut(line string, n int) string {
	if utf8.RuneCountInString(line) <= n {
		return line
	}
	return string([]rune(line)[:max(0, n)])
}

// summary is what the demo has to say in the end.
func (s *service) summary() string {
	var rows [][]string
	row := func(name, place string, m metrics.Snapshot) {
		rows = append(rows, []string{
			name, place, text.Count(m.Calls()), text.Percent(m.HitRatio()),
			text.Count(m.Requests(metrics.Hit)), text.Count(m.Requests(metrics.Stale)),
			text.Count(m.Requests(metrics.Coalesced)), text.Count(m.Requests(metrics.Miss)),
			text.Count(errorsOf(m)), quantile(m.Latency(metrics.Hit), 0.99), quantile(m.Compute(), 0.5), text.Duration(m.Saved().Duration()),
		})
	}
	for _, f := range s.list {
		row(f.recorder.Name(), f.place.String(), f.recorder.Snapshot())
	}
	row("all", "", s.total(0))
	return text.Table([]string{
		"<function", "<kept in", "calls", "hit ratio", "hits", "stale", "coalesced", "misses", "errors", "p99 of a hit", "p50 of computing", "saved",
	}, rows)
}

// errorsOf counts the calls that returned an error.
func errorsOf(s metrics.Snapshot) (n uint64) {
	for o := metrics.Hit; o <= metrics.Bypass; o++ {
		for e := metrics.ErrorFunction; e <= metrics.ErrorBackend; e++ {
			n += s.Errors(o, e)
		}
	}
	return n
}

func quantile(h metrics.Histogram, q float64) string {
	if h.Count() == 0 {
		return text.None
	}
	return text.Duration(h.Quantile(q))
}
