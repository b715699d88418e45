package cachier_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// private keeps a Func of a test to itself: its own registry, and no logs.
func private(opts []cachier.Option) []cachier.Option {
	return append([]cachier.Option{
		cachier.WithRegistry(metrics.NewRegistry()),
		cachier.WithLogger(slog.New(slog.DiscardHandler)),
	}, opts...)
}

// newFunc makes a Func of a test, which is closed when the test is over.
func newFunc[K, V any](t testing.TB, fn func(context.Context, K) (V, error), opts ...cachier.Option) *cachier.Func[K, V] {
	t.Helper()
	f, err := cachier.New("test", fn, private(opts)...)
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, f)
}

// closing closes a Func when the test is over.
func closing[K, V any](t testing.TB, f *cachier.Func[K, V]) *cachier.Func[K, V] {
	t.Helper()
	t.Cleanup(func() {
		if err := f.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return f
}

// bubble runs a test in fake time. All its goroutines must end.
func bubble(t *testing.T, name string, run func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, run) })
}

// counted are the metrics that must be exact, in the short form that is used
// here.
var counted = map[string]string{
	"cachier_requests_total":                     "requests",
	"cachier_request_errors_total":               "request_errors",
	"cachier_compute_duration_seconds":           "compute",
	"cachier_wait_duration_seconds":              "wait",
	"cachier_operations_total":                   "operations",
	"cachier_tier_lookups_total":                 "tier_lookups",
	"cachier_backend_operation_duration_seconds": "backend",
	"cachier_rejections_total":                   "rejections",
	"cachier_removals_total":                     "removals",
	"cachier_refreshes_skipped_total":            "refreshes_skipped",
}

// exact lists everything exact that a Snapshot holds, one line each.
func exact(s metrics.Snapshot) []string {
	var lines []string
	for series := range s.Series() {
		name, ok := counted[series.Metric.Name]
		if !ok {
			continue
		}
		n := uint64(series.Value)
		if series.Buckets.Count > 0 {
			n = series.Buckets.Count
		}
		if n == 0 {
			continue
		}
		for _, l := range series.Labels {
			name += " " + l.Value
		}
		lines = append(lines, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(lines)
	return lines
}

// counts fails the test unless the Func has counted so many calls, and exactly
// what is given, one line each. Nothing may be under way.
func counts[K, V any](t *testing.T, f *cachier.Func[K, V], calls uint64, want string) {
	t.Helper()
	s := f.Metrics().Snapshot()
	if s.Calls() != calls {
		t.Errorf("the outcomes add up to %d calls, want %d", s.Calls(), calls)
	}
	if s.InFlight() != 0 || s.Waiters() != 0 {
		t.Errorf("%d calls and %d waiters are still under way", s.InFlight(), s.Waiters())
	}
	var wanted []string
	for line := range strings.Lines(want) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			wanted = append(wanted, line)
		}
	}
	slices.Sort(wanted)
	if got := exact(s); !slices.Equal(got, wanted) {
		t.Errorf("counted:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(wanted, "\n\t"))
	}
}

// gives fails the test unless a call comes to this.
func gives[V comparable](t *testing.T, what string, v V, err error, want V, wantErr error) {
	t.Helper()
	if v != want || err != wantErr {
		t.Errorf("%s: %v, %v; want %v, %v", what, v, err, want, wantErr)
	}
}

// answers fails the test unless a call comes to this value, without an error.
func answers[K any, V comparable](t *testing.T, f *cachier.Func[K, V], key K, want V, opts ...cachier.CallOption) {
	t.Helper()
	v, err := f.Call(t.Context(), key, opts...)
	gives(t, fmt.Sprint("Call(", key, ")"), v, err, want, nil)
}

// source is a function to cache: its n-th run for a key gives "key#n", and a
// run can be made to do something else.
type source struct {
	mu   sync.Mutex
	runs map[string]int

	// then, if set, is called in every run and may replace its result.
	then func(ctx context.Context, key string, run int) (string, error)
}

func (s *source) get(ctx context.Context, key string) (string, error) {
	s.mu.Lock()
	if s.runs == nil {
		s.runs = map[string]int{}
	}
	s.runs[key]++
	run, then := s.runs[key], s.then
	s.mu.Unlock()
	if then != nil {
		if v, err := then(ctx, key, run); v != "" || err != nil {
			return v, err
		}
	}
	return fmt.Sprintf("%s#%d", key, run), nil
}

// set replaces what runs do from now on.
func (s *source) set(then func(ctx context.Context, key string, run int) (string, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.then = then
}

// ran fails the test unless the function ran so often for a key.
func (s *source) ran(t *testing.T, key string, want int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[key] != want {
		t.Errorf("the function ran %d times for %q, want %d", s.runs[key], key, want)
	}
}
