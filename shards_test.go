package cachier_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
)

// many calls each with 200 keys, so that there are several in every part among
// which the computations under way are spread.
func many(each func(key string)) {
	for i := range 200 {
		each(fmt.Sprint(i))
	}
}

// begin calls every one of many keys, and waits until nothing goes on.
func begin(t *testing.T, group *sync.WaitGroup, f *cachier.Func[string, string], want func(key string) string, failure error) {
	t.Helper()
	many(func(key string) {
		group.Go(func() {
			v, err := f.Call(t.Context(), key)
			gives(t, "Call("+key+")", v, err, want(key), failure)
		})
	})
	synctest.Wait()
}

// slowToClear is a store that has cleared a second before it says so.
type slowToClear struct{ hooked }

func (s *slowToClear) Clear(ctx context.Context, prefix string) error {
	defer time.Sleep(time.Second)
	return s.hooked.Clear(ctx, prefix)
}

// What concerns every key finds the computations of all of them.
func TestComputationsOfManyKeys(t *testing.T) {
	first := func(key string) string { return key + "#1" }
	second := func(t *testing.T, f *cachier.Func[string, string]) {
		t.Helper()
		many(func(key string) {
			if !t.Failed() { // one of them says enough
				answers(t, f, key, key+"#2")
			}
		})
	}
	bubble(t, "Clear, while they are computed", func(t *testing.T) {
		var group sync.WaitGroup
		s := source{then: func(ctx context.Context, key string, run int) (string, error) {
			if key[len(key)-1]%3 > 0 { // two of three are over by then, from between the others
				time.Sleep(time.Second)
				return "", nil
			}
			return slowly(ctx, key, run)
		}}
		f := newFunc(t, s.get)
		begin(t, &group, f, first, nil)
		time.Sleep(2 * time.Second)
		if err := f.Clear(t.Context()); err != nil {
			t.Error(err)
		}
		s.set(nil)
		second(t, f) // nobody joins a computation from before
		group.Wait()
		second(t, f) // and none of them has stored
	})
	bubble(t, "Clear, while they are stored", func(t *testing.T) {
		var group sync.WaitGroup
		var s source
		f := newFunc(t, s.get, cachier.WithBackend(&hooked{Store: membackend.New(), onSet: func(context.Context, int) error {
			time.Sleep(time.Second)
			return nil
		}}))
		begin(t, &group, f, first, nil)
		start := time.Now()
		if err := f.Clear(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %v, want to wait for what is being stored", took)
		}
		group.Wait()
		second(t, f)
	})
	bubble(t, "those that begin during a Clear", func(t *testing.T) {
		var group sync.WaitGroup
		var s source
		f := newFunc(t, s.get, cachier.WithBackend(&slowToClear{hooked{Store: membackend.New()}}))
		group.Go(func() {
			if err := f.Clear(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		begin(t, &group, f, first, nil)
		group.Wait()
		second(t, f)
	})
	bubble(t, "Close", func(t *testing.T) {
		var group sync.WaitGroup
		var ended atomic.Int32
		s := source{then: func(ctx context.Context, _ string, _ int) (string, error) {
			<-ctx.Done()
			time.Sleep(time.Second)
			ended.Add(1)
			return "", ctx.Err()
		}}
		f := newFunc(t, s.get)
		begin(t, &group, f, func(string) string { return "" }, context.Canceled)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if n := ended.Load(); n != 200 {
			t.Errorf("Close has waited for %d of 200 computations", n)
		}
		group.Wait()
	})
}

// Whoever calls after a Clear gets nothing that was computed before it began,
// whatever else is under way; after a Close that is over, nothing is under way.
func TestClearUnderLoad(t *testing.T) {
	const goroutines, rounds = 8, 200
	var generation, cleared, under atomic.Int64
	f := newFunc(t, func(_ context.Context, key int) (int64, error) {
		under.Add(1)
		defer under.Add(-1)
		made := generation.Load()
		if key%3 == 0 {
			runtime.Gosched()
		}
		return made, nil
	}, cachier.WithMaxEntries(150))
	var group sync.WaitGroup
	var stop atomic.Bool
	for g := range goroutines {
		random := rand.New(rand.NewPCG(1, uint64(g)))
		ctx, cancel := context.WithCancel(t.Context()) // which can end: computes in a goroutine of its own
		defer cancel()
		if g%2 == 0 {
			ctx = context.Background()
		}
		group.Go(func() {
			for !stop.Load() && !t.Failed() {
				key, since := random.IntN(200), cleared.Load()
				made, err := f.Call(ctx, key)
				if err != nil || made < since {
					t.Errorf("key %d: from before Clear %d, after Clear %d was through; %v", key, made+1, since, err)
				}
			}
		})
	}
	for range rounds {
		n := generation.Add(1)
		if err := f.Clear(t.Context()); err != nil {
			t.Error(err)
		}
		cleared.Store(n)
		for range 20 {
			runtime.Gosched()
		}
	}
	stop.Store(true)
	group.Wait()
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := under.Load(); n != 0 {
		t.Errorf("%d computations are under way after Close", n)
	}
}
