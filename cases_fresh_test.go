package cachier_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
)

// The tests named TestCase are the table of cases in docs/design.md, a row each.

func TestCaseFresh(t *testing.T) {
	bubble(t, "in memory", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute))
		answers(t, f, "a", "a#1")
		time.Sleep(time.Minute)
		answers(t, f, "a", "a#1")
		answers(t, f, "b", "b#1")
		counts(t, f, 3, `
			requests miss absent 2
			requests hit 1
			tier_lookups local not_found 2
			tier_lookups local ok 1
			compute miss ok 2`)
	})
	bubble(t, "on a backend", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithTTLJitter(0), cachier.WithBackend(&hooked{Store: membackend.New()}))
		answers(t, f, "a", "a#1")
		time.Sleep(time.Minute)
		answers(t, f, "a", "a#1")
		counts(t, f, 2, `
			requests miss absent 1
			requests hit 1
			tier_lookups backend not_found 1
			tier_lookups backend ok 1
			backend get not_found 1
			backend get ok 1
			backend set ok 1
			compute miss ok 1`)
	})
	bubble(t, "in front of a backend", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithTTLJitter(0),
			cachier.WithBackend(&hooked{Store: membackend.New()}), cachier.WithLocal(10, time.Second))
		answers(t, f, "a", "a#1")
		answers(t, f, "a", "a#1") // from memory
		time.Sleep(2 * time.Second)
		answers(t, f, "a", "a#1") // from the backend
		answers(t, f, "a", "a#1") // from memory again
		counts(t, f, 4, `
			requests miss absent 1
			requests hit 3
			tier_lookups local not_found 1
			tier_lookups local ok 3
			tier_lookups backend not_found 1
			tier_lookups backend ok 1
			backend get not_found 1
			backend get ok 1
			backend set ok 1
			compute miss ok 1`)
	})
}

func TestCaseExpired(t *testing.T) {
	bubble(t, "in memory", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute))
		answers(t, f, "a", "a#1")
		time.Sleep(time.Minute + 1)
		answers(t, f, "a", "a#2")
		counts(t, f, 2, `
			requests miss absent 1
			requests miss expired 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute miss ok 2`)
	})
	bubble(t, "evicted", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithMaxEntries(2))
		for _, key := range []string{"a", "b", "c"} {
			answers(t, f, key, key+"#1")
		}
		answers(t, f, "a", "a#2")
		counts(t, f, 4, `
			requests miss absent 3
			requests miss evicted 1
			tier_lookups local not_found 4
			removals local capacity false 2
			compute miss ok 4`)
	})
}

func TestCaseStaleWhileRevalidate(t *testing.T) {
	bubble(t, "in memory", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Minute))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(func(context.Context, string, int) (string, error) { time.Sleep(time.Second); return "", nil })
		for range 3 { // at once, while one computation is under way
			answers(t, f, "a", "a#1")
		}
		synctest.Wait()
		s.ran(t, "a", 2)
		time.Sleep(2 * time.Second)
		answers(t, f, "a", "a#2")
		counts(t, f, 5, `
			requests miss absent 1
			requests stale revalidate 3
			requests hit 1
			tier_lookups local not_found 1
			tier_lookups local ok 4
			compute miss ok 1
			compute revalidate ok 1`)
		if got := f.Metrics().Snapshot().StaleAge(); got.Count() != 3 || got.Mean() != time.Minute {
			t.Errorf("%d stale ages, %v on average", got.Count(), got.Mean())
		}
	})
	bubble(t, "on a backend", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithTTLJitter(0),
			cachier.WithStaleWhileRevalidate(time.Minute), cachier.WithBackend(&hooked{Store: membackend.New()}))
		answers(t, f, "a", "a#1")
		time.Sleep(90 * time.Second)
		answers(t, f, "a", "a#1")
		synctest.Wait()
		answers(t, f, "a", "a#2")
		counts(t, f, 3, `
			requests miss absent 1
			requests stale revalidate 1
			requests hit 1
			tier_lookups backend not_found 1
			tier_lookups backend ok 2
			backend get not_found 1
			backend get ok 3
			backend set ok 2
			compute miss ok 1
			compute revalidate ok 1`)
	})
	bubble(t, "renewed by another process", func(t *testing.T) {
		var s source
		store := &hooked{Store: membackend.New()}
		shared := []cachier.Option{
			cachier.WithTTL(time.Minute), cachier.WithTTLJitter(0),
			cachier.WithStaleWhileRevalidate(time.Minute), cachier.WithBackend(store),
		}
		other := newFunc(t, s.get, shared...)
		f := newFunc(t, s.get, append(shared, cachier.WithBackend(&hooked{Store: store.Store, afterGet: func(n int) {
			if n == 1 { // f has read the stale value, and has yet to refresh it
				if _, err := other.Refresh(context.Background(), "a"); err != nil {
					t.Error(err)
				}
			}
		}}))...)
		answers(t, other, "a", "a#1")
		time.Sleep(90 * time.Second)
		answers(t, f, "a", "a#1")
		synctest.Wait()
		answers(t, f, "a", "a#2")
		counts(t, f, 2, `
			requests stale revalidate 1
			requests hit 1
			tier_lookups backend ok 2
			backend get ok 3`)
	})
	bubble(t, "the refresh fails", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Minute))
		answers(t, f, "a", "a#1")
		time.Sleep(90 * time.Second)
		s.set(func(context.Context, string, int) (string, error) { return "", errors.New("down") })
		answers(t, f, "a", "a#1")
		synctest.Wait()
		answers(t, f, "a", "a#1")
		synctest.Wait()
		counts(t, f, 3, `
			requests miss absent 1
			requests stale revalidate 2
			tier_lookups local not_found 1
			tier_lookups local ok 2
			compute miss ok 1
			compute revalidate error 2`)
	})
}

func TestCaseRefreshAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithRefreshAhead(10*time.Second))
		answers(t, f, "a", "a#1")
		time.Sleep(50 * time.Second)
		answers(t, f, "a", "a#1") // not yet
		s.set(func(context.Context, string, int) (string, error) { time.Sleep(time.Second); return "", nil })
		time.Sleep(time.Nanosecond)
		for range 3 {
			answers(t, f, "a", "a#1")
		}
		time.Sleep(2 * time.Second)
		answers(t, f, "a", "a#2")
		counts(t, f, 6, `
			requests miss absent 1
			requests hit 5
			tier_lookups local not_found 1
			tier_lookups local ok 5
			compute miss ok 1
			compute ahead ok 1`)
	})
}

// The pool of background refreshes is the process's, so no test of this package
// runs in parallel with others.
func TestCaseRefreshPoolFull(t *testing.T) {
	for name, c := range map[string]struct {
		opt     cachier.Option
		wait    time.Duration
		outcome string
	}{
		"revalidate": {cachier.WithStaleWhileRevalidate(time.Hour), 2 * time.Minute, "stale revalidate"},
		"ahead":      {cachier.WithRefreshAhead(59 * time.Second), 30 * time.Second, "hit"},
	} {
		bubble(t, name, func(t *testing.T) {
			release := make(chan struct{})
			f := newFunc(t, func(context.Context, int) (int, error) { <-release; return 0, nil }, cachier.WithTTL(time.Minute), c.opt)
			n := poolSize + 2
			for key := range n {
				if err := f.Put(t.Context(), key, key); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(c.wait)
			for key := range n {
				answers(t, f, key, key)
			}
			close(release)
			synctest.Wait()
			counts(t, f, uint64(n), fmt.Sprintf(`
				operations put ok %[1]d
				requests %[2]s %[1]d
				tier_lookups local ok %[1]d
				compute %[3]s ok %[4]d
				refreshes_skipped pool_full 2`, n, c.outcome, name, n-2))
		})
	}
}

// poolSize is how many background refreshes may be under way in this process,
// which was settled when it began.
var poolSize = func() int {
	if n, err := strconv.Atoi(os.Getenv(cachier.WorkersVariable)); err == nil {
		return n
	}
	return 8 * runtime.GOMAXPROCS(0)
}()

func TestWorkersVariable(t *testing.T) {
	child(t, "^TestCaseRefreshPoolFull$", cachier.WorkersVariable+"=3")
}
