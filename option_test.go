package cachier_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// Whatever New refuses, it names the option, and says what is wrong.
func TestNewRefuses(t *testing.T) {
	store := func() cachier.Option { return cachier.WithBackend(membackend.New()) }
	ttl := cachier.WithTTL(time.Minute)
	for _, c := range []struct {
		opts []cachier.Option
		want string // the error holds these words, which are separated by " ... "
	}{
		{durations(0), ""},
		{[]cachier.Option{cachier.WithTTL(0)}, "WithTTL: 0s is not a positive duration"},
		{[]cachier.Option{cachier.WithTTL(-1)}, "WithTTL: -1ns"},
		{[]cachier.Option{cachier.WithMaxEntries(0)}, "WithMaxEntries: 0 is not in 1 to"},
		{[]cachier.Option{cachier.WithMaxEntries(-1)}, "WithMaxEntries: -1"},
		{[]cachier.Option{cachier.WithMaxEntries(math.MaxInt32 + 1)}, "WithMaxEntries: 2147483648"},
		{[]cachier.Option{cachier.WithMaxWeight(0)}, "WithMaxWeight: 0 is not positive"},
		{[]cachier.Option{cachier.WithEntrySizeLimit(0)}, "WithEntrySizeLimit: 0 is not positive"},
		{[]cachier.Option{cachier.WithMaxComputes(0)}, "WithMaxComputes: 0 is not positive"},
		{[]cachier.Option{cachier.WithLocal(0, time.Second), store()}, "WithLocal: 0 entries for 1s"},
		{[]cachier.Option{cachier.WithLocal(1, 0), store()}, "WithLocal: 1 entries for 0s"},
		{[]cachier.Option{cachier.WithSizeInterval(0), store()}, "WithSizeInterval: 0 is no interval"},
		{[]cachier.Option{cachier.WithTTLJitter(1), ttl}, "WithTTLJitter: 1 is not in [0, 1)"},
		{[]cachier.Option{cachier.WithTTLJitter(-.1), ttl}, "WithTTLJitter: -0.1"},
		{[]cachier.Option{cachier.WithTTLJitter(math.NaN()), ttl}, "WithTTLJitter: NaN"},
		{[]cachier.Option{cachier.WithSampling(-.1)}, "WithSampling: -0.1 is not between 0 and 1"},
		{[]cachier.Option{cachier.WithSampling(1.1)}, "WithSampling: 1.1"},
		{[]cachier.Option{cachier.WithSampling(math.NaN())}, "WithSampling: NaN"},
		{[]cachier.Option{cachier.WithNamespace("")}, "WithNamespace: is empty"},
		{[]cachier.Option{cachier.WithVersion("")}, "WithVersion: is empty"},
		{[]cachier.Option{cachier.WithLabels(map[string]string{"": "x"})}, "WithLabels: a label has no name"},
		{[]cachier.Option{cachier.WithLabels(map[string]string{"outcome": "x"})}, `WithLabels: ... "outcome"`},
		{[]cachier.Option{cachier.WithLabels(map[string]string{"cache": "x"})}, `WithLabels: ... "cache"`},
		{[]cachier.Option{cachier.WithRegistry(nil)}, "WithRegistry: is nil"},
		{[]cachier.Option{cachier.WithLogger(nil)}, "WithLogger: is nil"},
		{[]cachier.Option{cachier.WithObserver(nil)}, "WithObserver: is nil"},
		{[]cachier.Option{cachier.WithBackend(nil)}, "WithBackend: is nil"},
		{[]cachier.Option{cachier.WithCodec(nil), store()}, "WithCodec: is nil"},
		{[]cachier.Option{cachier.WithKey[string](nil)}, "WithKey: is nil"},
		{[]cachier.Option{cachier.WithClone[string](nil)}, "WithClone: is nil"},
		{[]cachier.Option{cachier.WithEqual[string](nil)}, "WithEqual: is nil"},
		{[]cachier.Option{cachier.WithCost[string, string](nil)}, "WithCost: is nil"},
		{[]cachier.Option{cachier.WithSizer[string, string](nil)}, "WithSizer: is nil"},
		{[]cachier.Option{cachier.WithTTLFunc[string, string](nil)}, "WithTTLFunc: is nil"},

		// Hooks of other types than those of the Func.
		{[]cachier.Option{cachier.WithKey(func(int) string { return "" })}, "WithKey: ... func(string) string ... func(int) string"},
		{[]cachier.Option{cachier.WithClone(func(v int) int { return v })}, "WithClone: ... func(string) string ... func(int) int"},
		{[]cachier.Option{cachier.WithEqual(func(a, b int) bool { return a == b })}, "WithEqual: ... func(string, string) bool"},
		{[]cachier.Option{cachier.WithCost(func(string, int) float64 { return 0 })}, "WithCost: ... func(string, string) float64"},
		{[]cachier.Option{cachier.WithSizer(func(int, string) int64 { return 0 })}, "WithSizer: ... func(string, string) int64"},
		{[]cachier.Option{cachier.WithTTLFunc(func(int, string) time.Duration { return 0 })}, "WithTTLFunc: ... func(string, string) time.Duration"},

		// Options that contradict each other.
		{[]cachier.Option{cachier.WithStaleWhileRevalidate(1)}, "WithStaleWhileRevalidate: ... WithTTL"},
		{[]cachier.Option{cachier.WithStaleIfError(1)}, "WithStaleIfError: ... WithTTL"},
		{[]cachier.Option{cachier.WithRefreshAhead(1)}, "WithRefreshAhead: ... WithTTL"},
		{[]cachier.Option{cachier.WithRefreshAhead(time.Minute), ttl}, "WithRefreshAhead: 1m0s ... 1m0s"},
		{[]cachier.Option{cachier.WithTTLJitter(.5)}, "WithTTLJitter: ... WithTTL"},
		{[]cachier.Option{cachier.WithMaxEntries(1), cachier.WithMaxWeight(1)}, "WithMaxEntries and WithMaxWeight"},
		{[]cachier.Option{cachier.WithStrict()}, "WithStrict: ... WithBackend"},
		{[]cachier.Option{cachier.WithLocal(1, 1)}, "WithLocal: ... WithBackend"},
		{[]cachier.Option{cachier.WithSizeInterval(1)}, "WithSizeInterval: ... WithBackend"},
		{[]cachier.Option{cachier.WithCodec(cachier.Gob)}, "WithCodec: ... WithBackend"},
		{[]cachier.Option{store(), cachier.WithMaxEntries(1)}, "WithMaxEntries ... WithLocal"},
		{[]cachier.Option{store(), cachier.WithMaxWeight(1)}, "WithMaxWeight ... WithLocal"},
		{[]cachier.Option{cachier.WithoutNil()}, "WithoutNil: a string is never nil"},
	} {
		if c.want == "" {
			for _, opt := range c.opts {
				refused(t, "is not a positive duration", opt)
			}
			continue
		}
		refused(t, c.want, c.opts...)
	}
}

// durations is each option of a duration that has to be positive.
func durations(d time.Duration) []cachier.Option {
	return []cachier.Option{
		cachier.WithTTL(d), cachier.WithStaleWhileRevalidate(d), cachier.WithStaleIfError(d), cachier.WithRefreshAhead(d),
		cachier.WithErrorTTL(d), cachier.WithWaitTimeout(d), cachier.WithComputeTimeout(d), cachier.WithOperationTimeout(d),
		cachier.WithCleanup(d),
	}
}

// refused fails the test unless New refuses the options for the reason given.
func refused(t *testing.T, want string, opts ...cachier.Option) {
	t.Helper()
	var s source
	f, err := cachier.New("test", s.get, private(opts)...)
	if f != nil || err == nil {
		t.Errorf("New took what it should refuse: %s", want)
		return
	}
	complains(t, err, `cachier: New("test"): With ... `+strings.TrimPrefix(want, "With"))
}

// complains fails the test unless an error holds words in this order, which
// " ... " separates.
func complains(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error; want %s", want)
		return
	}
	rest := err.Error()
	for words := range strings.SplitSeq(want, " ... ") {
		_, after, ok := strings.Cut(rest, words)
		if !ok {
			t.Errorf("the error is %q; want %s", err, want)
			return
		}
		rest = after
	}
}

func TestNewRefusesFunctions(t *testing.T) {
	var s source
	_, err := cachier.New("", s.get)
	complains(t, err, "cachier: New: the name is empty")
	_, err = cachier.New[string, string]("test", nil)
	complains(t, err, `cachier: New("test"): the function is nil`)

	// Arguments that can't be keys.
	_, err = cachier.New("test", func(context.Context, float64) (int, error) { return 0, nil })
	complains(t, err, "float64 ... WithKey")
	_, err = cachier.New("test", func(context.Context, struct{ At time.Time }) (int, error) { return 0, nil })
	complains(t, err, ".At ... time.Time ... WithKey")
	_, err = cachier.New("test", func(context.Context, any) (int, error) { return 0, nil })
	complains(t, err, "interface ... WithKey")
	_, err = cachier.New("test", func(context.Context, *int) (int, error) { return 0, nil })
	complains(t, err, "*int ... WithKey")

	// Results that the codec would lose a part of.
	type secretive struct{ hidden int }
	_, err = cachier.New("test", func(context.Context, int) (secretive, error) { return secretive{1}, nil },
		private([]cachier.Option{cachier.WithBackend(membackend.New())})...)
	complains(t, err, "WithBackend: ... hidden")
}

func TestClashingTypes(t *testing.T) {
	r := cachier.WithRegistry(metrics.NewRegistry())
	first := cachier.Must(cachier.New("same", func(context.Context, int) (int, error) { return 1, nil }, r))
	if _, err := cachier.New("same", func(context.Context, int) (int, error) { return 2, nil }, r); err != nil {
		t.Errorf("equal types clash: %v", err)
	}
	_, err := cachier.New("same", func(context.Context, string) (int, error) { return 0, nil }, r)
	if !errors.Is(err, metrics.ErrTypeClash) {
		t.Errorf("other arguments: %v", err)
	}
	complains(t, err, `"same" ... func(int) int ... func(string) int`)
	type int64 = string // another type of the same name
	if _, err = cachier.New("same", func(context.Context, int) (int64, error) { return "", nil }, r); !errors.Is(err, metrics.ErrTypeClash) {
		t.Errorf("other results: %v", err)
	}
	answers(t, first, 1, 1)
}

func TestMust(t *testing.T) {
	defer func() {
		if p, ok := recover().(error); !ok || !strings.Contains(p.Error(), "the name is empty") {
			t.Errorf("Must panicked with %v", p)
		}
	}()
	var s source
	cachier.Must(cachier.New("", s.get))
	t.Error("Must took an error")
}

func TestNilOptionsAreIgnored(t *testing.T) {
	var s source
	f := newFunc(t, s.get, nil, cachier.WithTTL(time.Minute), nil)
	answers(t, f, "a", "a#1")
	answers(t, f, "a", "a#1", cachier.CallOption{})
}
