package gather_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/internal/gather"
)

// store is what is read: each read takes 10 ms.
type store struct {
	mu      sync.Mutex
	alone   []string
	batches [][]string
	most    int // reads under way at once
	now     int
}

func (s *store) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now++
	s.most = max(s.most, s.now)
}

func (s *store) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now--
}

func (s *store) read(ctx context.Context) error {
	s.begin()
	defer s.end()
	select {
	case <-time.After(10 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *store) one(key string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		s.mu.Lock()
		s.alone = append(s.alone, key)
		s.mu.Unlock()
		return "value of " + key, s.read(ctx)
	}
}

func (s *store) several(ctx context.Context, keys []string) []gather.Result[string] {
	s.mu.Lock()
	s.batches = append(s.batches, keys)
	s.mu.Unlock()
	err := s.read(ctx)
	results := make([]gather.Result[string], len(keys))
	for i, key := range keys {
		results[i] = gather.Result[string]{Value: "value of " + key, Err: err}
	}
	return results
}

// get reads a key and says what is wrong with the answer.
func get(ctx context.Context, g *gather.Group[string], s *store, key string) error {
	v, err := g.Get(ctx, key, s.one(key))
	if err == nil && v != "value of "+key {
		return fmt.Errorf("%q is under %s", v, key)
	}
	return err
}

func TestCrowdSharesReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s store
		g := gather.New(2, 5, s.several)
		var all sync.WaitGroup
		start := time.Now()
		for i := range 14 {
			all.Go(func() {
				if err := get(t.Context(), g, &s, fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // so that they come in order
		}
		all.Wait()
		slices.SortFunc(s.batches, slices.Compare) // which of those that begin at once is first is chance
		if len(s.alone) != 2 || fmt.Sprint(s.batches) != "[[12 13] [2 3 4 5 6] [7 8 9 10 11]]" {
			t.Errorf("alone %v, together %v", s.alone, s.batches)
		}
		if took := time.Since(start); took != 30*time.Millisecond || s.most != 2 {
			t.Errorf("%v, %d at once", took, s.most)
		}
	})
}

func TestOneWhoWaitsReadsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s store
		g := gather.New(1, 5, s.several)
		var all sync.WaitGroup
		for i := range 2 {
			all.Go(func() {
				if err := get(t.Context(), g, &s, fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(s.alone) != 2 || len(s.batches) != 0 {
			t.Errorf("alone %v, together %v", s.alone, s.batches)
		}
	})
}

// TestEndOfOne: who gives up does so at once; the others' read goes on, until
// nobody is left who wants it.
func TestEndOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s store
		g := gather.New(1, 5, s.several)
		start := time.Now()
		ends := make(map[int]time.Duration)
		var mu sync.Mutex
		var all sync.WaitGroup
		// The first takes the place for 10 ms. The second gives up before it
		// is over, the third in the middle of the batch, the fourth at the end.
		for i, patience := range []time.Duration{time.Hour, 5 * time.Millisecond, 15 * time.Millisecond, time.Hour} {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				err := get(ctx, g, &s, fmt.Sprint(i))
				mu.Lock()
				defer mu.Unlock()
				ends[i] = time.Since(start)
				if given := patience < time.Hour; given != errors.Is(err, context.DeadlineExceeded) || !given && err != nil {
					t.Errorf("the one with %v: %v", patience, err)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		if fmt.Sprint(ends) != "map[0:10ms 1:5ms 2:15ms 3:20ms]" || fmt.Sprint(s.batches) != "[[2 3]]" {
			t.Errorf("ended after %v, together %v", ends, s.batches)
		}
	})
}

func TestReadThatNobodyWaitsForEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s store
		g := gather.New(1, 5, s.several)
		var all sync.WaitGroup
		for i, patience := range []time.Duration{time.Hour, 12 * time.Millisecond, 13 * time.Millisecond} {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				_ = get(ctx, g, &s, fmt.Sprint(i))
			})
			synctest.Wait()
		}
		all.Wait()
		synctest.Wait()
		if len(s.batches) != 1 || s.now != 0 {
			t.Fatalf("%v were read together, %d reads are under way", s.batches, s.now)
		}
		// Its place is free again.
		start := time.Now()
		if err := get(t.Context(), g, &s, "next"); err != nil || time.Since(start) != 10*time.Millisecond {
			t.Errorf("the next read took %v: %v", time.Since(start), err)
		}
	})
}

// TestPlacesThatHang: where all who have a place hang, who comes reads alone.
func TestPlacesThatHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s store
		g := gather.New(1, 5, s.several)
		ctx, end := context.WithCancel(t.Context())
		var hung sync.WaitGroup
		hung.Go(func() {
			_, _ = g.Get(ctx, "hung", func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() })
		})
		synctest.Wait()
		var all sync.WaitGroup
		start := time.Now()
		for i := range 3 {
			all.Go(func() {
				if err := get(t.Context(), g, &s, fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(start); took != 110*time.Millisecond || len(s.alone) != 3 || len(s.batches) != 0 {
			t.Errorf("%v, alone %v, together %v", took, s.alone, s.batches)
		}
		end()
		hung.Wait()
	})
}

// TestBatchThatHangs: who is read with others, on a connection that is no more,
// reads alone after a while, and for some time nobody waits for anybody.
func TestBatchThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s store
		var ended atomic.Bool
		g := gather.New(1, 5, func(ctx context.Context, keys []string) []gather.Result[string] {
			s.mu.Lock()
			s.batches = append(s.batches, keys)
			s.mu.Unlock()
			<-ctx.Done()
			ended.Store(true)
			return make([]gather.Result[string], len(keys))
		})
		crowd := func(n int) time.Duration {
			start := time.Now()
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() {
					if err := get(t.Context(), g, &s, fmt.Sprint(i)); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			return time.Since(start)
		}
		if took := crowd(4); took != 110*time.Millisecond || len(s.batches) != 1 || len(s.alone) != 4 {
			t.Errorf("%v, alone %v, together %v", took, s.alone, s.batches)
		}
		synctest.Wait()
		if !ended.Load() {
			t.Error("the read that nobody waits for goes on")
		}
		if took := crowd(4); took != 10*time.Millisecond || len(s.batches) != 1 {
			t.Errorf("right after that: %v, together %v", took, s.batches)
		}
		time.Sleep(10 * time.Second)
		if crowd(4); len(s.batches) != 2 {
			t.Errorf("later: together %v", s.batches)
		}
	})
}

// values is a context's value that must reach the read.
type values struct{}

func TestValuesReachTheRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s store
		var got any
		g := gather.New(1, 5, func(ctx context.Context, keys []string) []gather.Result[string] {
			got = ctx.Value(values{})
			return s.several(ctx, keys)
		})
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() { _ = get(context.WithValue(t.Context(), values{}, i), g, &s, fmt.Sprint(i)) })
			synctest.Wait()
		}
		all.Wait()
		if got != 1 {
			t.Errorf("the read has the value %v", got)
		}
	})
}

// TestPlaceAfterPanic: a read that panics gives its place back.
func TestPlaceAfterPanic(t *testing.T) {
	var s store
	g := gather.New(1, 5, s.several)
	func() {
		defer func() { _ = recover() }()
		_, _ = g.Get(t.Context(), "k", func(context.Context) (string, error) { panic("driver") })
	}()
	if v, err := g.Get(t.Context(), "k", func(context.Context) (string, error) { return "v", nil }); v != "v" || err != nil {
		t.Error(v, err)
	}
}

// TestCrowdAtRandom: whoever gives up whenever, each of the others gets its own
// answer, and all places are free in the end.
func TestCrowdAtRandom(t *testing.T) { synctest.Test(t, crowdAtRandom) }

func crowdAtRandom(t *testing.T) {
	var under, most atomic.Int64
	read := func() {
		now := under.Add(1)
		for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
		}
		time.Sleep(time.Duration(rand.N(200)) * time.Microsecond)
		under.Add(-1)
	}
	g := gather.New(3, 7, func(_ context.Context, keys []string) []gather.Result[string] {
		if len(keys) < 2 || len(keys) > 7 {
			t.Errorf("%d keys at once", len(keys))
		}
		read()
		results := make([]gather.Result[string], len(keys))
		for i, key := range keys {
			results[i].Value = key
		}
		return results
	})
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			for n := range 100 {
				key := fmt.Sprint(i, n)
				ctx, cancel := context.WithCancel(t.Context())
				if n%3 == 0 {
					time.AfterFunc(time.Duration(rand.N(300))*time.Microsecond, cancel)
				}
				v, err := g.Get(ctx, key, func(context.Context) (string, error) { read(); return key, nil })
				if err != nil && (n%3 != 0 || !errors.Is(err, context.Canceled)) || err == nil && v != key {
					t.Errorf("%q under %q: %v", v, key, err)
				}
				cancel()
			}
		})
	}
	all.Wait()
	var inside sync.WaitGroup // all places are free: as many can be inside at once
	inside.Add(3)
	for range 3 {
		all.Go(func() {
			_, _ = g.Get(t.Context(), "k", func(context.Context) (string, error) {
				inside.Done()
				inside.Wait()
				return "", nil
			})
		})
	}
	all.Wait()
	if most.Load() > 3 {
		t.Errorf("%d reads at once", most.Load())
	}
}

// Who asks for the same key gets a copy of its own, and who asks for what isn't
// there learns that.
func TestMany(t *testing.T) {
	absent, fails := errors.New("absent"), errors.New("fails")
	found := map[string][]byte{"a": []byte("v")}
	var err error
	fetch := gather.Many(func(context.Context, []string) (map[string][]byte, error) { return found, err }, absent, slices.Clone)
	got := fetch(t.Context(), []string{"a", "b", "a"})
	got[0].Value[0] = 'w'
	if string(got[2].Value) != "v" || got[0].Err != nil || !errors.Is(got[1].Err, absent) {
		t.Errorf("%q", got)
	}
	found, err = nil, fails
	for _, r := range fetch(t.Context(), []string{"a", "b"}) {
		if !errors.Is(r.Err, fails) {
			t.Errorf("%q", r)
		}
	}
}
