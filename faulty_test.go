package cachier_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
)

// faulty is a store with leases that can be made to fail, one kind of operation
// at a time. It tells nobody of changes, so that whoever waits has to look.
type faulty struct {
	backend.Locker
	mu     sync.Mutex // protects what follows
	before map[string]func(ctx context.Context) error
	asked  map[string]int
}

// on calls hook before each operation of a kind; nil: nothing any more.
func (s *faulty) on(op string, hook func(ctx context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.before == nil {
		s.before = map[string]func(ctx context.Context) error{}
	}
	s.before[op] = hook
}

// fails lets the operations fail with an error; nil: not any more.
func (s *faulty) fails(err error, ops ...string) {
	for _, op := range ops {
		s.on(op, func(context.Context) error { return err })
	}
}

// count returns how many operations of a kind there were.
func (s *faulty) count(op string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[op]
}

func (s *faulty) begin(ctx context.Context, op string) error {
	s.mu.Lock()
	if s.asked == nil {
		s.asked = map[string]int{}
	}
	s.asked[op]++
	hook := s.before[op]
	s.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(ctx)
}

func (s *faulty) Get(ctx context.Context, key string) (backend.Entry, error) {
	if err := s.begin(ctx, "get"); err != nil {
		return backend.Entry{}, err
	}
	return s.Locker.Get(ctx, key)
}

func (s *faulty) Set(ctx context.Context, key string, e backend.Entry) error {
	if err := s.begin(ctx, "set"); err != nil {
		return err
	}
	return s.Locker.Set(ctx, key, e)
}

func (s *faulty) Delete(ctx context.Context, key string) error {
	if err := s.begin(ctx, "delete"); err != nil {
		return err
	}
	return s.Locker.Delete(ctx, key)
}

func (s *faulty) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		if err := s.begin(ctx, "list"); err != nil {
			yield(backend.Info{}, err)
			return
		}
		s.Locker.List(ctx, prefix)(yield)
	}
}

func (s *faulty) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	return s.leased(ctx, "lock", func() (backend.Lease, error) { return s.Locker.Lock(ctx, key, ttl) })
}

func (s *faulty) TakeOver(ctx context.Context, key string, h backend.Holder, ttl time.Duration) (backend.Lease, error) {
	return s.leased(ctx, "takeover", func() (backend.Lease, error) { return s.Locker.TakeOver(ctx, key, h, ttl) })
}

func (s *faulty) leased(ctx context.Context, op string, lock func() (backend.Lease, error)) (backend.Lease, error) {
	if err := s.begin(ctx, op); err != nil {
		return nil, err
	}
	l, err := lock()
	if err != nil {
		return nil, err
	}
	return &faultyLease{l, s}, nil
}

type faultyLease struct {
	backend.Lease
	store *faulty
}

func (l *faultyLease) Commit(ctx context.Context, e backend.Entry) error {
	if err := l.store.begin(ctx, "set"); err != nil {
		return err
	}
	return l.Lease.Commit(ctx, e)
}

func (l *faultyLease) Extend(ctx context.Context, ttl time.Duration) error {
	if err := l.store.begin(ctx, "extend"); err != nil {
		return err
	}
	return l.Lease.Extend(ctx, ttl)
}

// processes makes Funcs that share a store and nothing else, as those of
// several processes do.
func processes(t *testing.T, n int, s *source, store backend.Backend, opts ...cachier.Option) []*cachier.Func[string, string] {
	t.Helper()
	funcs := make([]*cachier.Func[string, string], n)
	for i := range funcs {
		funcs[i] = newFunc(t, s.get, append([]cachier.Option{cachier.WithBackend(store), cachier.WithTTLJitter(0)}, opts...)...)
	}
	return funcs
}

// story is counts without the operations on the store, of which there are as
// many as it takes.
func story(t *testing.T, f *cachier.Func[string, string], want string) {
	t.Helper()
	var wanted []string
	for line := range strings.Lines(want) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			wanted = append(wanted, line)
		}
	}
	slices.Sort(wanted)
	s := f.Metrics().Snapshot()
	got := slices.DeleteFunc(exact(s), func(line string) bool {
		return strings.HasPrefix(line, "backend ") || strings.HasPrefix(line, "tier_lookups ")
	})
	if !slices.Equal(got, wanted) {
		t.Errorf("counted:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(wanted, "\n\t"))
	}
	if s.InFlight() != 0 || s.Waiters() != 0 {
		t.Errorf("%d calls and %d waiters are still under way", s.InFlight(), s.Waiters())
	}
}

// keyOf returns the stored key of a Func's key, and leaves nothing under it.
func keyOf(t *testing.T, f *cachier.Func[string, string], store backend.Backend, key string) string {
	t.Helper()
	if err := f.Put(t.Context(), key, "x"); err != nil {
		t.Fatal(err)
	}
	text, _ := stored(t, store)
	if err := store.Delete(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	return text
}
