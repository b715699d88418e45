package cachier_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
)

// Whatever happens at the same time, wherever a store is slow or fails: once all
// have come to rest, what is in the memory of a process is what is in the store.
func TestLocalTiersAgreeAtLast(t *testing.T) {
	for seed := range uint64(60) {
		bubble(t, fmt.Sprint(seed), func(t *testing.T) { agreeAtLast(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func agreeAtLast(t *testing.T, seeds *rand.Rand) {
	var mu sync.Mutex // protects random
	random := rand.New(rand.NewPCG(seeds.Uint64(), 2))
	chance := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n)
	}
	failing := seeds.IntN(2) == 0
	pause := func() { time.Sleep(time.Duration(chance(4)) * time.Millisecond) }
	hook := func(op string) error {
		if pause(); failing && op == "set" && chance(10) == 0 {
			return errDown
		}
		return nil
	}
	store := &telling{Store: membackend.New(), before: hook, after: hook, late: pause}
	s := source{then: func(context.Context, string, int) (string, error) { pause(); return "", nil }}
	p := processes(t, 3, &s, store, cachier.WithLocal(100, 24*time.Hour))
	keys := []string{"a", "b", strings.Repeat("c", 300)}

	var group sync.WaitGroup
	for _, f := range p {
		for g := range 3 {
			group.Go(func() {
				for i := range 30 {
					act(t, f, keys[chance(len(keys))], chance(20), fmt.Sprint("put ", g, i))
				}
			})
		}
	}
	group.Go(func() {
		for range 5 {
			time.Sleep(time.Duration(chance(100)) * time.Millisecond)
			store.refuse(errDown)
			store.refuse(nil)
		}
	})
	group.Wait()
	for range 3 { // what is made up for when memory has forgotten a value is told again
		for _, f := range p {
			settled(t, f, keys)
		}
		time.Sleep(time.Minute) // all is told
	}
	truth := newFunc(t, s.get, cachier.WithBackend(store))
	for _, key := range keys {
		want, there, err := truth.Peek(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range p {
			if v, ok, err := f.Peek(t.Context(), key); v != want || ok != there || err != nil {
				t.Errorf("process %d has %q, %v (%v) for %.1s; the store has %q, %v", i, v, ok, err, key, want, there)
			}
		}
	}
}

// act does one of the things that can be done with a key.
func act(t *testing.T, f *cachier.Func[string, string], key string, what int, value string) {
	var err error
	switch {
	case what < 10:
		_, err = f.Call(t.Context(), key)
	case what < 13:
		err = f.Put(t.Context(), key, value)
	case what < 15:
		err = f.Delete(t.Context(), key)
	case what < 17:
		_, err = f.Refresh(t.Context(), key)
	case what < 19:
		_, err = f.Call(t.Context(), key, cachier.MaxAge(-1))
	default:
		err = f.Clear(t.Context())
	}
	if err != nil && !errors.Is(err, errDown) {
		t.Error(err)
	}
}

// settled waits until what failed has been made up for.
func settled(t *testing.T, f *cachier.Func[string, string], keys []string) {
	t.Helper()
	for range 100 {
		var failed error
		for _, key := range keys {
			_, _, err := f.Peek(t.Context(), key)
			failed = errors.Join(failed, err)
		}
		if failed == nil {
			return
		}
		time.Sleep(time.Second)
	}
	t.Error("it doesn't come to rest")
}
