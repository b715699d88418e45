package behaviour

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// Run runs every case over what open makes: a store of its own for each case,
// which open closes when the test is over, or nil for values in memory.
func Run(t *testing.T, open func(t testing.TB) backend.Backend) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(&session{T: t, store: open(t)}) })
	}
}

// cases are the table, in the order of docs/from-python.md.
var cases = []struct {
	name string
	run  func(s *session)
}{
	{"equal arguments are one call", equalArguments},
	{"expired values are computed anew", expired},
	{"stale values are served while one computation runs", revalidated},
	{"others wait for a computation", coalesced},
	{"after the wait time-out there is one second computation", waitedTooLong},
	{"the lease of another process can be freed", released},
	{"a call may bound the age", maxAge},
	{"skip neither reads nor writes, refresh writes", skipAndRefresh},
	{"what was put is served", put},
	{"clear empties this function only", clear},
	{"clean-up removes only what is over", cleanup},
	{"errors go to every waiter and are not stored", failure},
	{"panics go to the caller and are not stored", panics},
	{"nil results are stored unless refused", nils},
	{"too large values are returned and not stored", tooLarge},
	{"disabled, every call computes", disabled},
	{"two processes share what is stored", processes},
	{"counts are exact at any sampling rate", sampled},
}

// session is one case over one store.
type session struct {
	*testing.T
	store backend.Backend // nil: in memory
}

// fn makes a function to cache, which is closed when the test is over. Its n-th
// run for a key gives "key#n".
func (s *session) fn(name string, opts ...cachier.Option) (*cachier.Func[string, string], *origin) {
	s.Helper()
	o := &origin{runs: map[string]int{}}
	return wrap(s, name, o.get, opts...), o
}

// wrap makes a Func over the session's store, with a registry of its own.
func wrap[K, V any](s *session, name string, fn func(context.Context, K) (V, error), opts ...cachier.Option) *cachier.Func[K, V] {
	s.Helper()
	all := []cachier.Option{cachier.WithRegistry(metrics.NewRegistry()), cachier.WithLogger(slog.New(slog.DiscardHandler))}
	if s.store != nil {
		all = append(all, cachier.WithBackend(s.store), cachier.WithNamespace("behaviour"))
	}
	f, err := cachier.New(name, fn, append(all, opts...)...)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := f.Close(context.Background()); err != nil {
			s.Error(err)
		}
	})
	return f
}

// is fails the test unless a call gives the value.
func (s *session) is(f *cachier.Func[string, string], key, want string, opts ...cachier.CallOption) {
	s.Helper()
	if v, err := f.Call(s.Context(), key, opts...); v != want || err != nil {
		s.Errorf("Call(%q) gave %q, %v; want %q", key, v, err, want)
	}
}

// must fails the test on an error.
func (s *session) must(err error) {
	s.Helper()
	if err != nil {
		s.Error(err)
	}
}

// until waits until something holds that others bring about.
func (s *session) until(what string, holds func() bool) {
	s.Helper()
	for !holds() {
		select {
		case <-s.Context().Done():
			s.Fatal("waited in vain until " + what)
		case <-time.After(time.Millisecond):
		}
	}
}

// origin is the function behind a Func.
type origin struct {
	mu   sync.Mutex // protects the rest
	runs map[string]int
	then func(run int) error // called in every run; nil: nothing
}

func (o *origin) get(_ context.Context, key string) (string, error) {
	o.mu.Lock()
	o.runs[key]++
	run, then := o.runs[key], o.then
	o.mu.Unlock()
	if then != nil {
		if err := then(run); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s#%d", key, run), nil
}

func (o *origin) set(then func(run int) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.then = then
}

// ran returns how often the function ran for a key.
func (o *origin) ran(key string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.runs[key]
}
