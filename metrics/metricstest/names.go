package metricstest

import (
	"strings"

	"github.com/cachier-go/cachier/metrics"
)

// odd names: whatever separates, ends, quotes or comments somewhere.
var odd = []string{
	"a", "A", "a.b", "a..b", "a_b", "a-b", "a--b", "a-2Eb", "a b", "a/b", "a:b", "a|b", "a,b", "a;b", "a=b", "a#b", "a@b", "a%b",
	"a%2Cb", "a\nb", "a\tb", "a\"b", "a\\b", "a'b", "a{b}", "größe", "\xff", "\xfe", "ab\x00", "名前", strings.Repeat("long", 40),
}

var nameChecks = []check{
	{name: "any function", why: "a function has any text for a name, and no two become one", run: func(s *session) {
		for i, name := range odd {
			calls(s.function(name, metrics.RecorderOptions{}), i+1)
		}
		s.settle()
	}},
	{name: "any label", why: "functions of one name differ by their static labels, whose names and values are any text", run: func(s *session) {
		n := 0
		add := func(labels map[string]string) {
			n++
			calls(s.function("f", metrics.RecorderOptions{Labels: labels}), n)
		}
		add(nil)
		for _, value := range append(odd, "") {
			add(map[string]string{"zone": value})
		}
		for _, name := range odd {
			add(map[string]string{name: "x"})
		}
		add(map[string]string{"zone": "a", "team": "b"})
		add(map[string]string{"zone": "b", "team": "a"})
		s.settle()
	}},
	{name: "labels of our own", why: "a static label that is called like one of the catalogue hides neither", run: func(s *session) {
		for _, name := range []string{"cache", "backend", "outcome", "reason", "label_reason", "result", "tier"} {
			for _, value := range []string{"hit", "x"} {
				traffic(s.function("f", metrics.RecorderOptions{Labels: map[string]string{name: value}}), 1)
			}
		}
		s.settle()
	}},
}

// calls records n calls of one kind.
func calls(r *metrics.Recorder, n int) {
	for range n {
		r.Record(metrics.Call{Outcome: metrics.Miss, Reason: metrics.ReasonExpired, Duration: metrics.Unknown, Age: metrics.Unknown})
	}
}
