package backendtest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// Harness tells the suite how to come by the backend under test. Only New has to
// be set.
type Harness struct {
	// New returns a backend over a store of its own that is empty. The suite
	// closes the backend; whatever else there is to tidy up, New leaves to
	// t.Cleanup.
	New func(t testing.TB) backend.Backend

	// Another opens the store of b, which New made, once more, as another
	// process would. The suite closes what it returns. Nil: the store isn't
	// shared, and the cases that need two backends use one twice.
	Another func(t testing.TB, b backend.Backend) backend.Backend

	// Bubble runs each case in a bubble of testing/synctest, where waiting takes
	// no time. It is for stores that do nothing outside of the process.
	Bubble bool

	// ClockError is how far times may be off when they come back, because the
	// store translates them to its own clock and back. Zero: one millisecond,
	// which is how exactly they are kept.
	ClockError time.Duration

	// Large is the size in bytes of the largest value that the store must take.
	// Zero: 8 MiB.
	Large int

	// TooLarge is a size in bytes of values that the store must refuse with
	// ErrTooLarge. Zero: none is known, or there is no such size.
	TooLarge int
}

// check is one case of the suite.
type check struct {
	name string
	why  string // the demand, in a sentence that is printed when it isn't met
	run  func(s *session)

	// locks and watches say that the case makes sense only with a Locker or a
	// Watcher.
	locks, watches bool
}

// area is a list of cases on one subject.
type area struct {
	name   string
	checks []check
}

var areas = []area{
	{"entries", entryChecks},
	{"keys", keyChecks},
	{"expiry", expiryChecks},
	{"aliasing", aliasingChecks},
	{"concurrency", concurrencyChecks},
	{"contexts", contextChecks},
	{"leases", leaseChecks},
	{"losses", lossChecks},
	{"failures", failureChecks},
	{"races", raceChecks},
	{"listing", listingChecks},
	{"closing", closingChecks},
	{"identity", identityChecks},
	{"watching", watchChecks},
	{"model", modelChecks},
}

// Run tests a backend against the whole contract, one subtest a case.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.New == nil {
		t.Fatal("backendtest: Harness.New is not set")
	}
	for _, a := range areas {
		t.Run(a.name, func(t *testing.T) {
			for _, c := range a.checks {
				t.Run(c.name, func(t *testing.T) { h.run(t, c) })
			}
		})
	}
}

// run runs one case and says why it stands if it fails.
func (h Harness) run(t *testing.T, c check) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("why: " + c.why)
		}
	})
	if h.Bubble {
		synctest.Test(t, func(t *testing.T) { c.on(t, h) })
		return
	}
	c.on(t, h)
}

// on runs the case on a new store, where it applies.
func (c check) on(t *testing.T, h Harness) {
	s := open(t, h)
	if c.locks && !backend.CanLock(s.b) {
		t.Log("LEFT OUT: the backend is no Locker")
		return
	}
	if _, ok := s.b.(backend.Watcher); c.watches && !ok {
		t.Log("LEFT OUT: the backend is no Watcher")
		return
	}
	c.run(s)
}
