package cachier

import (
	"fmt"
	"strings"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// CallInfo is what kind of answer a call got; see [Info]. What does not apply
// is 0, but for Age.
type CallInfo struct {
	Outcome  metrics.Outcome
	Reason   metrics.Reason
	Duration time.Duration // of the whole call
	Computed time.Duration // the part in which this call computed
	Waited   time.Duration // the part in which it waited for others
	Age      time.Duration // of the stored value served; metrics.Unknown: none was
	TTL      time.Duration // of the value; 0: it does not expire, or was not stored
	Cost     time.Duration // what computing the value took
	Tier     metrics.Tier  // where a stored value was last found
}

// An Explanation says step by step why a call got what it got; see [Explain].
type Explanation struct {
	Outcome metrics.Outcome
	Reason  metrics.Reason
	Steps   []Step
}

// Step is one step of a call.
type Step struct {
	After time.Duration // since the call began
	Text  string
}

// String returns the steps, a line each, and the outcome.
func (e Explanation) String() string {
	var b strings.Builder
	for _, s := range e.Steps {
		fmt.Fprintf(&b, "%10v  %s\n", s.After, s.Text)
	}
	fmt.Fprintf(&b, "outcome: %v", e.Outcome)
	if e.Reason != metrics.NoReason {
		fmt.Fprintf(&b, " (%v)", e.Reason)
	}
	return b.String()
}

// note adds a step to the explanation, if one was asked for.
func (c *call[K, V]) note(format string, args ...any) {
	if c.o.explain == nil {
		return
	}
	c.steps = append(c.steps, Step{
		After: time.Duration(clock.Now() - c.begun), Text: fmt.Sprintf(format, args...),
	})
}

// noteFound tells of a stored value and what it is good for.
func (c *call[K, V]) noteFound(e entry[V], age time.Duration, s state) {
	if c.o.explain == nil {
		return
	}
	where := "in memory"
	if e.tier == metrics.TierBackend {
		where = "on the backend"
	}
	ttl := "without a TTL"
	if e.ttl > 0 {
		ttl = fmt.Sprintf("with a TTL of %v", e.ttl)
	}
	verdict := map[state]string{
		fresh:    "fresh",
		ahead:    "fresh, but soon to expire",
		servable: "expired, within stale-while-revalidate",
		fallback: "expired, kept in case computing fails",
		expired:  "expired",
		tooOld:   fmt.Sprintf("older than the %v that this call allows", c.o.maxAge),
	}[s]
	c.note("found %s, %v old, %s: %s", where, age, ttl, verdict)
}
