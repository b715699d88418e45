package report_test

import (
	"strings"
	"testing"

	"github.com/cachier-go/cachier/benchmarks/peer"
	"github.com/cachier-go/cachier/benchmarks/report"
	"github.com/cachier-go/cachier/benchmarks/suite"
)

// hits adds so many rounds in which this library takes ours and the peer theirs nanoseconds, on a machine that slows
// down from round to round: only pairs tell the ratio.
func hits(d *report.Data, rival string, ours, theirs float64, rounds int) {
	for r := range rounds {
		slow := float64(1 + r)
		d.Add(suite.Sample{Part: "hits", Round: r, Case: "string", Subject: peer.Cachier, Goroutines: 1, Unit: "ns/op", Value: ours * slow})
		d.Add(suite.Sample{Part: "hits", Round: r, Case: "string", Subject: rival, Goroutines: 1, Unit: "ns/op", Value: theirs * slow})
	}
}

func TestVerdictsGoByPairs(t *testing.T) {
	for _, c := range []struct {
		ours, theirs float64
		pass         bool
	}{{44, 100, true}, {45, 100, true}, {46, 100, false}} {
		var d report.Data
		hits(&d, peer.OtterOn, c.ours, c.theirs, 9)
		all := report.Verdicts(&d)
		if len(all) != 1 {
			t.Fatalf("%d verdicts, want 1: %+v", len(all), all)
		}
		if v := all[0]; v.Pass != c.pass || v.Found.N != 9 || !v.Sure {
			t.Errorf("%v against %v: %+v, want pass %v", c.ours, c.theirs, v, c.pass)
		}
	}
}

func TestGeneratedTracesHaveNoBound(t *testing.T) {
	var d report.Data
	add := func(kase, subject string, v float64) {
		d.Add(suite.Sample{Part: "ratios", Case: kase, Subject: subject, Unit: "hit ratio", Value: v})
	}
	add("generated: loop (generated) @ 1 %", peer.Cachier, 0.1)
	add("generated: loop (generated) @ 1 %", peer.OtterOff, 0.5)
	if all := report.Verdicts(&d); len(all) != 0 {
		t.Errorf("verdicts of generated traces: %+v", all)
	}
	add("recorded @ 1 %", peer.Cachier, 0.50)
	add("recorded @ 1 %", peer.OtterOff, 0.52)
	all := report.Verdicts(&d)
	if len(all) != 2 || all[0].Pass || all[1].Pass {
		t.Errorf("verdicts: %+v, want two failures", all)
	}
}

func TestTablesListSetUpsInTheirOrder(t *testing.T) {
	var d report.Data
	hits(&d, peer.XSync, 40, 20, 3)
	hits(&d, peer.CachierOff, 40, 38, 3)
	text := report.Markdown(&d)
	first, second, third := strings.Index(text, "\n| cachier |"), strings.Index(text, "\n| "+peer.CachierOff), strings.Index(text, "\n| "+peer.XSync)
	if first < 0 || second < first || third < second {
		t.Errorf("rows at %d, %d, %d:\n%s", first, second, third, text)
	}
}

func TestNoSamplesNoReport(t *testing.T) {
	if text := report.Markdown(new(report.Data)); text != "" {
		t.Errorf("a report of nothing: %q", text)
	}
}
