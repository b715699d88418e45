package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
	"github.com/cachier-go/cachier/metrics"
)

// view is what the page shows, ready to be printed.
type view struct {
	State  string
	Cards  []card
	Rows   []row
	Legend []part
}

type card struct{ Name, Value, Note string }

type row struct {
	Name, About, Setup, Place              string
	Rate, Calls, Minute, Hour              string
	Outcomes                               string // the bar, in words
	Parts                                  []part
	Why                                    string // the reasons of the misses
	HitP50, HitP99, ComputeP50, ComputeP99 string
	Saved, Entries                         string
}

// part is a piece of the bar of outcomes, which is 1000 wide.
type part struct {
	Outcome  string
	Title    string
	X, Width int
}

var legend = []part{
	{Outcome: "hit", Title: "a fresh value was there"},
	{Outcome: "stale", Title: "an old value was served"},
	{Outcome: "coalesced", Title: "joined another caller's computation"},
	{Outcome: "miss", Title: "had to compute"},
	{Outcome: "bypass", Title: "asked not to read the cache"},
}

// outcomeOrder is the order of the bar: from what costs nothing to what does.
var outcomeOrder = []metrics.Outcome{metrics.Hit, metrics.Stale, metrics.Coalesced, metrics.Miss, metrics.Bypass}

func (s *service) view(ctx context.Context) view {
	now, minute := s.total(0), s.total(time.Minute)
	up := time.Since(s.start)
	v := view{
		State: "running for " + up.Truncate(time.Second).String(),
		Cards: []card{
			{"Calls a second", text.Rate(perSecond(minute)), text.Count(now.Calls()) + " in all"},
			{"Hit ratio, last minute", text.Percent(minute.HitRatio()), text.Percent(now.HitRatio()) + " since the start"},
			{"Time saved", text.Duration(now.Saved().Duration()), saving(now, up)},
			{"Computing, last minute", text.Duration(minute.Compute().Sum()), text.Count(minute.Computations()) + " computations"},
			{"Errors returned", text.Count(errorsOf(now)), stale(now) + " hidden by stale values"},
		},
		Legend: legend,
	}
	if broken(time.Since(s.upstream.start)) {
		v.State += "; the service behind rates.fetch is out of order just now"
	}
	for _, f := range s.list {
		v.Rows = append(v.Rows, f.row(ctx))
	}
	return v
}

func saving(s metrics.Snapshot, up time.Duration) string {
	return fmt.Sprintf("%s of computing each second", text.Duration(time.Duration(float64(s.Saved().Duration())/max(1, up.Seconds()))))
}

func stale(s metrics.Snapshot) string {
	return text.Count(s.RequestsReason(metrics.Stale, metrics.ReasonError))
}

func (f *function) row(ctx context.Context) row {
	now, minute, hour := f.recorder.Snapshot(), f.recorder.Window(time.Minute), f.recorder.Window(time.Hour)
	r := row{
		Name: f.recorder.Name(), About: f.about, Setup: f.setup, Place: f.place.String(),
		Rate: text.Rate(perSecond(minute)), Calls: text.Count(now.Calls()),
		Minute: text.Percent(minute.HitRatio()), Hour: text.Percent(hour.HitRatio()),
		Why:    why(minute),
		HitP50: quantile(minute.Latency(metrics.Hit), 0.5), HitP99: quantile(minute.Latency(metrics.Hit), 0.99),
		ComputeP50: quantile(minute.Compute(), 0.5), ComputeP99: quantile(minute.Compute(), 0.99),
		Saved: text.Duration(now.Saved().Duration()), Entries: f.entries(ctx, now),
	}
	r.Parts, r.Outcomes = parts(minute)
	return r
}

// parts divides the bar among the outcomes.
func parts(s metrics.Snapshot) (list []part, words string) {
	all := s.Calls()
	if all == 0 {
		return nil, "no calls"
	}
	var said []string
	var before uint64
	for _, o := range outcomeOrder {
		n := s.Requests(o)
		if n == 0 {
			continue
		}
		title := fmt.Sprintf("%s %s, %s", o, text.Percent(float64(n)/float64(all)), text.Count(n))
		x, end := int(before*1000/all), int((before+n)*1000/all)
		list = append(list, part{o.String(), title, x, max(end-x, 2)})
		said = append(said, title)
		before += n
	}
	return list, strings.Join(said, "; ")
}

// why lists the reasons of misses and of stale answers, the most frequent
// first.
func why(s metrics.Snapshot) string {
	type reason struct {
		words string
		n     uint64
	}
	var groups []string
	for _, o := range []metrics.Outcome{metrics.Miss, metrics.Stale} {
		var list []reason
		for _, r := range o.Reasons() {
			if n := s.RequestsReason(o, r); n > 0 {
				list = append(list, reason{text.Count(n) + " " + strings.ReplaceAll(r.String(), "_", " "), n})
			}
		}
		slices.SortStableFunc(list, func(a, b reason) int { return cmp.Compare(b.n, a.n) })
		for i, r := range list {
			if i == 0 {
				groups = append(groups, o.String()+": "+r.words)
			} else {
				groups[len(groups)-1] += ", " + r.words
			}
		}
	}
	return strings.Join(groups, " · ")
}

// entries says how much the function keeps.
func (f *function) entries(ctx context.Context, now metrics.Snapshot) string {
	if f.place.store != nil {
		return f.place.entries(ctx, now.Name)
	}
	g := now.Gauges().Tiers[metrics.TierLocal]
	switch {
	case g.Entries < 0:
		return text.None
	case g.SizeLimit > 0 && g.Size >= 0:
		return fmt.Sprintf("%s, %s", text.Count(uint64(g.Entries)), text.Bytes(g.Size))
	case g.EntriesLimit > 0:
		return fmt.Sprintf("%s of %s", text.Count(uint64(g.Entries)), text.Count(uint64(g.EntriesLimit)))
	}
	return text.Count(uint64(g.Entries))
}
