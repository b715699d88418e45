package s3fifo_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cachier-go/cachier/internal/s3fifo"
)

// Each node that had to make room is told of once, when it is out already, and
// by who may use the cache in turn. All that comes in goes out one way only,
// whatever else happens at the same time.
func TestEvictedIsToldOnce(t *testing.T) {
	const goroutines, each, keys = 4, 5000, 2000
	var cache *s3fifo.Cache[int, *atomic.Int32]
	var in, out, evicted atomic.Int64
	c, err := s3fifo.New(s3fifo.Config[int, *atomic.Int32]{
		MaxEntries: 300, MaxWeight: 2000,
		Evicted: func(n *s3fifo.Node[int, *atomic.Int32]) {
			evicted.Add(1)
			out.Add(1)
			if told := n.Value.Add(1); told != 1 {
				t.Errorf("told %d times of a node of %d", told, n.Key)
			}
			if cache.Remove(n) || cache.Get(cache.Hash(&n.Key), &n.Key) == n {
				t.Errorf("told of a node of %d that is in the cache", n.Key)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	cache = c
	var group sync.WaitGroup
	for g := range goroutines {
		random := rand.New(rand.NewPCG(3, uint64(g)))
		group.Go(func() {
			for range each {
				k := random.IntN(keys)
				h := cache.Hash(&k)
				if n := cache.Get(h, &k); n != nil {
					n.Mark()
				} else {
					cache.Evicted(h)
				}
				switch n := random.IntN(2000); {
				case n == 0:
					out.Add(int64(cache.Clear()))
				case n == 1:
					for n := range cache.All {
						if n.Key%8 == g && cache.Remove(n) {
							out.Add(1)
						}
					}
				case n < 100:
					if cache.Delete(h, &k) != nil {
						out.Add(1)
					}
				default:
					old, _ := cache.Put(h, k, s3fifo.Item[*atomic.Int32]{Value: new(atomic.Int32), Size: 1 + random.Int64N(20)})
					in.Add(1)
					if old != nil {
						out.Add(1)
					}
				}
			}
		})
	}
	group.Wait()
	if evicted.Load() == 0 {
		t.Error("nothing had to make room: the test tests less than it should")
	}
	if left := int64(cache.Len()); in.Load() != out.Load()+left {
		t.Errorf("%d came in, %d went out and %d are left", in.Load(), out.Load(), left)
	}
}
