package metricstest

import (
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

// Harness tells the suite how to come by the exporter under test. Only New has
// to be set.
type Harness struct {
	// New returns an exporter and the target that it sends to, which has received
	// nothing yet. What there is to close, New leaves to t.Cleanup.
	New func(t testing.TB) (metrics.Exporter, Target)

	// Select says which metrics the exporter sends. Nil: all.
	Select func(m *metrics.Metric) bool
}

// Target is what an exporter sends to. Its functions may be called from any
// goroutine. Only Received has to be set.
type Target struct {
	// Received returns what has arrived of one series: the sum of what a counter
	// was sent as, a gauge's last value, how many values a histogram got; false
	// if it was never heard of.
	Received func(Series) (float64, bool)

	// Break makes the target fail after it has taken so many more requests, or
	// packets, until Mend. Nil: it can't, and the cases that need it are left out.
	Break func(after int)
	// Hang makes the target leave every request unanswered until Mend. Nil: it
	// can't.
	Hang func()
	// Mend ends what Break or Hang began. It must be set if one of them is.
	Mend func()
}

// Series names one series of one function.
type Series struct {
	Cache  string            // the function's name; "" for what belongs to none
	Static map[string]string // its static labels
	Metric *metrics.Metric
	Labels []metrics.Label // further labels
}

// check is one case of the suite.
type check struct {
	name string
	why  string // the demand, in a sentence that is printed when it isn't met
	run  func(s *session)

	// breaks and hangs say that the case needs a target that can do so.
	breaks, hangs bool
}

// area is a list of cases on one subject.
type area struct {
	name   string
	checks []check
}

var areas = []area{
	{"counts", countChecks},
	{"names", nameChecks},
	{"batches", batchChecks},
	{"failures", failureChecks},
	{"ends", endChecks},
	{"accounts", accountChecks},
}

// Run tests an exporter, one subtest a case.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.New == nil {
		t.Fatal("metricstest: Harness.New is not set")
	}
	for _, a := range areas {
		t.Run(a.name, func(t *testing.T) {
			for _, c := range a.checks {
				t.Run(c.name, func(t *testing.T) { h.run(t, c) })
			}
		})
	}
}

// run runs one case on a new target, where it applies, and says why it stands if
// it fails.
func (h Harness) run(t *testing.T, c check) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("why: " + c.why)
		}
	})
	s := begin(t, h)
	switch {
	case s.target.Received == nil:
		t.Fatal("metricstest: Target.Received is not set")
	case (s.target.Break != nil || s.target.Hang != nil) && s.target.Mend == nil:
		t.Fatal("metricstest: Target.Mend is not set")
	case c.breaks && s.target.Break == nil:
		t.Log("LEFT OUT: the target can't be made to fail")
		return
	case c.hangs && s.target.Hang == nil:
		t.Log("LEFT OUT: the target can't be made to hang")
		return
	}
	c.run(s)
}
