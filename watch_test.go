package cachier_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// All flights of a Func that wait for other processes share one subscription.
func TestWaitersShareOneWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		store := &telling{Store: membackend.New()}
		p := processes(t, 2, &s, store)
		for i := range 20 {
			key := fmt.Sprint(i)
			go func() { answers(t, p[0], key, key+"#1") }()
		}
		synctest.Wait()
		for i := range 20 {
			key := fmt.Sprint(i)
			go func() { answers(t, p[1], key, key+"#1") }()
		}
		time.Sleep(time.Second)
		if now, ever := store.watches(); now != 1 || ever != 1 {
			t.Errorf("%d subscriptions, %d in all, want one", now, ever)
		}
		time.Sleep(10 * time.Second)
		answers(t, p[1], "7", "7#1")
		if now, ever := store.watches(); now != 1 || ever != 1 {
			t.Errorf("%d subscriptions, %d in all: the one doesn't stay for a little while", now, ever)
		}
		time.Sleep(time.Minute)
		if now, _ := store.watches(); now != 0 {
			t.Errorf("%d subscriptions that nobody needs", now)
		}
		if n := p[1].Metrics().Snapshot().WaitsBy(metrics.ScopeDistributed, metrics.ResultOK).Count(); n != 20 {
			t.Errorf("%d waited for the other process, want 20", n)
		}
	})
}

// A subscription that ended because nobody needed it begins again for the next.
func TestWatchBeginsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		store := &telling{Store: membackend.New()}
		p := processes(t, 2, &s, store)
		for round := range 3 {
			key := fmt.Sprint(round)
			start := time.Now()
			all(t, together(t, 2, func(i int) (string, error) { return p[i].Call(t.Context(), key) }), key+"#1")
			if took := time.Since(start); took > 10*time.Second+50*time.Millisecond {
				t.Errorf("it took %v: who waited wasn't woken", took)
			}
			if _, ever := store.watches(); ever != round+1 {
				t.Errorf("%d subscriptions, want %d", ever, round+1)
			}
			time.Sleep(time.Minute)
		}
	})
}

// With a tier in front of the backend, that one subscription is enough.
func TestWaitersShareTheWatchOfTheLocalTier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		store := &telling{Store: membackend.New()}
		p := processes(t, 2, &s, store, cachier.WithLocal(10, time.Hour))
		all(t, together(t, 2, func(i int) (string, error) { return p[i].Call(t.Context(), "a") }), "a#1")
		time.Sleep(time.Hour)
		if now, ever := store.watches(); now != 2 || ever != 2 {
			t.Errorf("%d subscriptions, %d in all, want one of each process", now, ever)
		}
		if err := p[0].Close(t.Context()); err != nil {
			t.Error(err)
		}
		if now, _ := store.watches(); now != 1 {
			t.Errorf("%d subscriptions after Close", now)
		}
	})
}

// A store that can't be watched is asked again, and less and less often.
func TestWatchThatBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := &telling{Store: membackend.New()}
		f, other := told(t, &s, store)
		answers(t, f, "a", "a#1")
		store.refuse(errDown)
		time.Sleep(10 * time.Minute)
		if _, ever := store.watches(); ever < 2*15 || ever > 2*60 {
			t.Errorf("%d attempts of two processes in ten minutes", ever)
		}
		store.refuse(nil)
		time.Sleep(time.Minute)
		if now, _ := store.watches(); now != 2 {
			t.Errorf("%d subscriptions, want 2 again", now)
		}
		if err := other.Put(t.Context(), "a", "put"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		answers(t, f, "a", "put")
	})
}

// Where watching is not supported after all, or over, nobody asks again.
func TestWatchThatIsOver(t *testing.T) {
	for _, why := range []error{errors.ErrUnsupported, backend.ErrClosed} {
		bubble(t, why.Error(), func(t *testing.T) {
			var s source
			store := &telling{Store: membackend.New(), refuses: why}
			f, other := told(t, &s, store)
			answers(t, f, "a", "a#1")
			if err := other.Put(t.Context(), "a", "put"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			if _, ever := store.watches(); ever != 2 {
				t.Errorf("%d attempts of two processes", ever)
			}
			answers(t, f, "a", "a#1")
			time.Sleep(24 * time.Hour)
			answers(t, f, "a", "put") // the bound of WithLocal holds
		})
	}
}

// A store that tells of nothing costs no goroutine: this bubble ends without
// Close.
func TestWithoutWatcherNothingRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		f := cachier.Must(cachier.New("test", s.get, private([]cachier.Option{
			cachier.WithBackend(&hooked{Store: membackend.New()}), cachier.WithLocal(10, time.Hour),
		})...))
		answers(t, f, "a", "a#1")
	})
}

// stuck is a store whose watches take their time to end.
type stuck struct{ *telling }

func (s stuck) Watch(ctx context.Context, prefix string) iter.Seq2[backend.Event, error] {
	return func(yield func(backend.Event, error) bool) {
		defer time.Sleep(time.Minute)
		s.telling.Watch(ctx, prefix)(yield)
	}
}

func TestCloseWaitsForTheWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		store := stuck{&telling{Store: membackend.New()}}
		f := newFunc(t, s.get, cachier.WithBackend(store), cachier.WithLocal(10, time.Hour))
		answers(t, f, "a", "a#1")
		ctx, cancel := deadlineInASecond(t.Context())
		defer cancel()
		if err := f.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		start := time.Now()
		if err := f.Close(t.Context()); err != nil || time.Since(start) != 59*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
