package suite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// serviceKeys is how many keys each function of a service is asked for again and again.
const serviceKeys = 16

// service is a program with many cached functions in one registry.
type service struct {
	functions []*cachier.Func[int, uint64]
	registry  *metrics.Registry
	rng       *rand.Rand
}

// computeFunc is what a function of a service computes with.
type computeFunc = func(context.Context, int) (uint64, error)

var errService = errors.New("suite: this key fails")

// openService opens n functions. Theirs are small caches: what is measured of a service is its metrics.
func openService(n int, compute computeFunc, opts ...cachier.Option) (*service, error) {
	s := &service{registry: metrics.NewRegistry(), rng: rand.New(rand.NewPCG(1, 1))}
	for i := range n {
		own := append([]cachier.Option{
			cachier.WithTTL(ttl), cachier.WithMaxEntries(4 * serviceKeys), cachier.WithRegistry(s.registry),
		}, opts...)
		f, err := cachier.New(fmt.Sprintf("service.function%03d", i), compute, own...)
		if err != nil {
			return nil, err
		}
		s.functions = append(s.functions, f)
	}
	return s, nil
}

func (s *service) close() {
	for _, f := range s.functions {
		_ = f.Close(context.Background())
	}
}

// hits calls every function so often for keys that it has, once they have been computed.
func (s *service) hits(n int) {
	ctx := context.Background()
	for _, f := range s.functions {
		for i := range n {
			_, _ = f.Call(ctx, i%serviceKeys)
		}
	}
}

// everything takes every function once through each slow path that a caller can ask for: misses, errors, bypasses and
// operations.
func (s *service) everything() {
	ctx := context.Background()
	fresh := s.rng.Int() | 1
	for _, f := range s.functions {
		_, _ = f.Call(ctx, fresh)
		_, _ = f.Call(ctx, -1) // fails
		_, _ = f.Call(ctx, 0, cachier.SkipCache())
		_, _ = f.Call(ctx, 0, cachier.MaxAge(time.Nanosecond))
		_, _ = f.Refresh(ctx, 1)
		_ = f.Put(ctx, 2, 2)
		_, _, _ = f.Peek(ctx, 2)
		_ = f.Delete(ctx, fresh)
	}
}

// instant is a function that takes no time.
func instant(_ context.Context, k int) (uint64, error) {
	if k < 0 {
		return 0, errService
	}
	return uint64(k), nil
}

// lasting is a function that takes anything from microseconds to a second, so that histograms fill.
func lasting(_ context.Context, k int) (uint64, error) {
	time.Sleep(time.Duration(1000 * (1 << rand.IntN(20))))
	return instant(context.Background(), k)
}
