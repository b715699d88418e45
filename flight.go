package cachier

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// flight is one computation that callers wait for together.
type flight[V any] struct {
	key     string
	trigger metrics.Trigger
	began   int64 // on the axis on which ages are judged

	ctx    context.Context // the computation's
	cancel context.CancelFunc
	done   chan struct{} // closed when result is there

	// Protected by flights.mu.
	waiters    int        // callers that wait, the starter among them
	background bool       // nobody has to wait for it to go on
	superseded bool       // what it computes must not be stored any more
	storing    bool       // its value is being stored now
	second     *flight[V] // begun by the first waiter whose waiting timed out

	// Written before done is closed, read after.
	result flightResult[V]
}

// flightResult is what a flight came to.
type flightResult[V any] struct {
	value    V
	err      error
	panicked any // not nil: the function panicked with it

	ended   metrics.Result // of the computation itself
	stack   []byte         // where it panicked
	price   float64
	compute time.Duration // how long the function ran
	cost    time.Duration // of the value: compute, or what the old one took
	ttl     time.Duration
	size    int64

	// The function failed, and value is an old one that may stand in.
	stale        bool
	age, pastTTL time.Duration
}

// waited is how a wait for it went.
func (r *flightResult[V]) waited() metrics.Result {
	switch {
	case r.panicked != nil:
		return metrics.ResultError
	case errors.Is(r.err, context.Canceled):
		return metrics.ResultCanceled
	case r.err != nil:
		return metrics.ResultError
	default:
		return metrics.ResultOK
	}
}

// flights are the computations of one Func that are under way.
//
// Invalidations (Put, Delete, Clear, and a Refresh's value) win over every
// computation that began before they were through: such a computation answers
// those who wait for it and stores nothing. An invalidation first waits for a
// value that is just being stored.
//
// mu is a leaf: only the memory tier's own lock is taken while it is held.
type flights[V any] struct {
	mu           sync.Mutex
	newest       map[string]*flight[V] // by key
	running      map[*flight[V]]struct{}
	invalidating map[string]int // invalidations under way, by key
	clearing     int            // and of everything
	version      uint64         // grows whenever something may have been stored
	closed       bool           // no background computation begins any more
}

func newFlights[V any]() *flights[V] {
	return &flights[V]{
		newest:       map[string]*flight[V]{},
		running:      map[*flight[V]]struct{}{},
		invalidating: map[string]int{},
	}
}

// current returns the flight of a key that somebody still wants, or nil. The
// caller holds mu.
func (fs *flights[V]) current(key string) *flight[V] {
	if f := fs.newest[key]; f != nil && !f.abandoned() {
		return f
	}
	return nil
}

// start makes f the newest flight of its key; an older one stores nothing any
// more. The caller holds mu and runs f.
func (fs *flights[V]) start(f *flight[V]) {
	if old := fs.newest[f.key]; old != nil {
		old.superseded = true
	}
	f.superseded = fs.clearing > 0 || fs.invalidating[f.key] > 0
	fs.newest[f.key] = f
	fs.running[f] = struct{}{}
}

// abandoned reports whether everybody has left. The caller holds flights.mu.
func (f *flight[V]) abandoned() bool { return f.waiters == 0 && !f.background }

// leave tells that a caller does not wait any more. The last one out cancels
// the computation.
func (fs *flights[V]) leave(f *flight[V]) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.drop(f)
}

// drop is leave for those who hold mu.
func (fs *flights[V]) drop(f *flight[V]) {
	f.waiters--
	if f.abandoned() {
		f.cancel()
	}
}

// mayStore reports whether a flight's value is still to be stored, and if so
// makes invalidations wait until it has landed.
func (fs *flights[V]) mayStore(f *flight[V]) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.storing = !f.superseded
	return f.storing
}

// land publishes the result of a flight.
func (fs *flights[V]) land(f *flight[V]) {
	fs.mu.Lock()
	if fs.newest[f.key] == f {
		delete(fs.newest, f.key)
	}
	delete(fs.running, f)
	fs.version++
	fs.mu.Unlock()
	close(f.done)
	f.cancel()
}

// invalidate begins an invalidation of one key and returns what ends it.
func (fs *flights[V]) invalidate(ctx context.Context, key string) (end func(), err error) {
	fs.mu.Lock()
	fs.invalidating[key]++
	f := fs.newest[key]
	if f != nil {
		f.superseded = true
	}
	wait := f != nil && f.storing
	fs.mu.Unlock()

	end = func() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		fs.version++
		if fs.invalidating[key]--; fs.invalidating[key] == 0 {
			delete(fs.invalidating, key)
		}
	}
	if wait {
		err = f.wait(ctx)
	}
	return end, err
}

// invalidateAll begins an invalidation of every key and returns what ends it.
func (fs *flights[V]) invalidateAll(ctx context.Context) (end func(), err error) {
	fs.mu.Lock()
	fs.clearing++
	var storing []*flight[V]
	for f := range fs.running {
		f.superseded = true
		if f.storing {
			storing = append(storing, f)
		}
	}
	fs.mu.Unlock()

	end = func() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		fs.version++
		fs.clearing--
	}
	for _, f := range storing {
		if err = f.wait(ctx); err != nil {
			break
		}
	}
	return end, err
}

// wait waits for the flight to land.
func (f *flight[V]) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close cancels every computation, lets no background one begin any more, and
// waits for those that were under way.
func (fs *flights[V]) close(ctx context.Context) error {
	fs.mu.Lock()
	fs.closed = true
	var under []*flight[V]
	for f := range fs.running {
		f.cancel()
		under = append(under, f)
	}
	fs.mu.Unlock()
	for _, f := range under {
		if err := f.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
