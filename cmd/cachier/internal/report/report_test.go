package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/report"
	"github.com/cachier-go/cachier/fleet"
)

// Instances that are not heard of are named, unless they run again.
func TestStaleInstancesAreNamed(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	start := func(instance string, s fleet.State, ago time.Duration) *fleet.Start {
		return &fleet.Start{Instance: instance, State: s, Written: now.Add(-ago)}
	}
	said := func(starts ...*fleet.Start) string {
		r := report.Report{Fleet: "redis://cache", By: []string{fleet.Function}, Answer: &fleet.Answer{Starts: starts}}
		_, remarks, _ := strings.Cut(r.Text(now), "Nothing was counted.\n")
		return strings.TrimSpace(remarks)
	}
	if got := said(start("a", fleet.Live, 0), start("b", fleet.Gone, time.Hour)); got != "" {
		t.Errorf("%q", got)
	}
	got := said(
		start("again", fleet.Stale, time.Hour), start("again", fleet.Live, time.Second),
		start("gone", fleet.Stale, time.Hour), start("gone", fleet.Gone, time.Minute),
		start("lost", fleet.Stale, time.Hour), start("lost", fleet.Stale, 90*time.Second),
		&fleet.Start{Instance: "new", State: fleet.Stale},
	)
	if want := "Stale: lost, last heard of 90.0 s ago; new, which has written nothing yet."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var many []*fleet.Start
	for i := range 8 {
		many = append(many, start(fmt.Sprint("host", i), fleet.Stale, time.Minute))
	}
	if got := said(many...); !strings.HasSuffix(got, "host4, last heard of 60.0 s ago; and 3 more.") {
		t.Errorf("%q", got)
	}
}
