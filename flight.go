package cachier

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// flight is one computation that callers wait for together.
type flight[V any] struct {
	key     string
	hash    uint64 // the stable hash of key
	trigger metrics.Trigger
	began   int64       // on the axis on which ages are judged
	exempt  bool        // runs without a turn of its own; see engine.turn
	strict  bool        // a value from before it does not do
	overdue bool        // begun because an older one took too long: does not wait for that again
	oldest  callOptions // how old a value may be that it finds: as for the call that began it
	blocked bool        // the backend may not be read, nor written

	claim claim // on the backend

	hurry chan struct{} // closed when it is to run without a turn

	ctx    context.Context         // the computation's
	cancel context.CancelCauseFunc // with the error of the last caller who left
	done   chan struct{}           // closed when result is there

	// Protected by flights.mu.
	waiters    int        // callers that wait, the starter among them
	background bool       // nobody has to wait for it to go on
	superseded bool       // what it computes must not be stored any more
	outdated   bool       // begun before an invalidation: nobody may join any more
	hurried    bool       // hurry is closed
	last       bool       // computes because waiting took too long; waiting for it has no bound
	remote     bool       // waits for another process
	pressed    bool       // claim.impatient is closed
	second     *flight[V] // begun by the first waiter whose waiting timed out
	prev, next *flight[V] // of those under way

	// Written before done is closed, read after.
	result flightResult[V]
}

// flightResult is what a flight came to.
type flightResult[V any] struct {
	value    V
	err      error
	panicked any       // not nil: the function, or a hook, panicked with it
	standIn  *entry[V] // not nil: to be served instead of err
	found    *entry[V] // not nil: it was on the backend, and nothing was computed
	since    notice    // what had been told of the key before it was found

	ended   metrics.Result // of the computation itself
	stack   []byte         // where it panicked
	price   float64
	queued  time.Duration // how long it waited for its turn
	compute time.Duration // how long the function ran
	made    int64         // when it returned, on the axis on which ages are judged
	cost    time.Duration // of the value: compute, unless it was found computed
	ttl     time.Duration
	size    int64
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

// flights are the computations of one Func that are under way, of the keys that
// belong to one shard.
//
// Invalidations (Put, Delete, Clear, and the start of a Refresh) win over every
// computation that began before they were through: such a computation answers
// those who wait for it and stores nothing, and whoever calls after the
// invalidation does not join it. An invalidation first waits for a value that
// is just being stored; so does whoever wants to store for the same key.
//
// Within mu, notices.mu, blocks.mu and the memory tier's lock are taken, never
// another shard's mu.
type flights[V any] struct {
	mu           sync.Mutex
	newest       map[string]*flight[V] // by key
	running      *flight[V]            // one of all, which are linked
	storing      map[string]*flight[V] // by key: its value is being stored now
	invalidating map[string]int        // invalidations under way, by key
	clearing     int                   // and of everything
	closed       bool                  // no computation begins any more

	// versions of the keys, by their hash, grow whenever something may have been
	// stored. A call looks again when that of its key has changed, in vain where
	// it was another key.
	versions [4]atomic.Uint32

	_ [64]byte // the next shard is another processor's
}

// flightShards are all computations of one Func that are under way, by the keys'
// hash, so that callers of different keys seldom wait for each other.
type flightShards[V any] [16]flights[V]

func newFlightShards[V any]() *flightShards[V] {
	all := new(flightShards[V])
	for i := range all {
		all[i].newest = map[string]*flight[V]{}
		all[i].storing = map[string]*flight[V]{}
		all[i].invalidating = map[string]int{}
	}
	return all
}

// of returns the shard of a key by its hash.
func (all *flightShards[V]) of(hash uint64) *flights[V] { return &all[hash%uint64(len(all))] }

// version returns the version of a key of this shard. Who holds mu knows that
// it stays so.
func (fs *flights[V]) version(hash uint64) uint32 { return fs.versioned(hash).Load() }

// changed notes that something may have been stored. The caller holds mu.
func (fs *flights[V]) changed(hash uint64) { fs.versioned(hash).Add(1) }

func (fs *flights[V]) versioned(hash uint64) *atomic.Uint32 {
	return &fs.versions[hash>>32%uint64(len(fs.versions))]
}

// current returns the flight of a key that may be joined, or nil. The caller
// holds mu.
func (fs *flights[V]) current(key string) *flight[V] {
	if f := fs.newest[key]; f != nil && !f.abandoned() && !f.outdated {
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
	f.superseded = f.blocked || fs.clearing > 0 || fs.invalidating[f.key] > 0
	fs.newest[f.key] = f
	if f.next = fs.running; f.next != nil {
		f.next.prev = f
	}
	fs.running = f
}

// all yields the flights under way. The caller holds mu.
func (fs *flights[V]) all(yield func(*flight[V]) bool) {
	for f := fs.running; f != nil && yield(f); f = f.next {
	}
}

// abandoned reports whether everybody has left. The caller holds flights.mu.
func (f *flight[V]) abandoned() bool { return f.waiters == 0 && !f.background }

// leave tells that a caller does not wait any more. The last one out cancels
// the computation, with why as the cause. It reports whether that is another
// process's.
func (fs *flights[V]) leave(f *flight[V], why error) (remote bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.drop(f, why)
	return f.remote
}

// setRemote notes whether a flight waits for another process.
func (fs *flights[V]) setRemote(f *flight[V], remote bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.remote = remote
}

// setLast notes that a flight computes because another took too long.
func (fs *flights[V]) setLast(f *flight[V]) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.last = true
}

// followed reports whether those who waited for a flight for too long have begun
// a second one, which takes the lease over from whoever has it. If the first did
// that too, it would take it from the second, and neither could store.
func (fs *flights[V]) followed(f *flight[V]) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return f.second != nil
}

// press makes a flight that waits for another process take over from it. The
// caller holds mu.
func (f *flight[V]) press() {
	if !f.pressed {
		f.pressed = true
		close(f.claim.impatient)
	}
}

// drop is leave for those who hold mu.
func (fs *flights[V]) drop(f *flight[V], why error) {
	f.waiters--
	if f.abandoned() {
		f.cancel(why)
	}
}

// mayStore reports whether a flight's value is still to be stored, and if so
// makes invalidations, and other flights of the key, wait until it has landed.
func (fs *flights[V]) mayStore(f *flight[V]) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for !f.superseded {
		other := fs.storing[f.key]
		if other == nil {
			fs.storing[f.key] = f
			return true
		}
		fs.mu.Unlock()
		<-other.done // older, and soon through: no storing waits for anything but the backend
		fs.mu.Lock()
	}
	return false
}

// land publishes the result of a flight.
func (fs *flights[V]) land(f *flight[V]) {
	fs.mu.Lock()
	if fs.newest[f.key] == f {
		delete(fs.newest, f.key)
	}
	if fs.storing[f.key] == f {
		delete(fs.storing, f.key)
	}
	fs.unlink(f)
	fs.changed(f.hash)
	fs.mu.Unlock()
	close(f.done)
	f.cancel(nil)
}

// unlink takes a flight out of those under way. The caller holds mu.
func (fs *flights[V]) unlink(f *flight[V]) {
	if f.prev != nil {
		f.prev.next = f.next
	} else {
		fs.running = f.next
	}
	if f.next != nil {
		f.next.prev = f.prev
	}
	f.prev, f.next = nil, nil // who still has it keeps none of the others
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

// close cancels every computation, lets none begin any more, and waits for
// those that were under way.
func (all *flightShards[V]) close(ctx context.Context) error {
	var under []*flight[V]
	for i := range all {
		fs := &all[i]
		fs.mu.Lock()
		fs.closed = true
		for f := range fs.all {
			f.cancel(nil)
			under = append(under, f)
		}
		fs.mu.Unlock()
	}
	for _, f := range under {
		if err := f.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
