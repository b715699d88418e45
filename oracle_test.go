package cachier_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/metrics"
)

// TestExactness makes ten million calls from eight goroutines, with whatever
// can happen to a call happening to some, and compares each counter with what
// the test itself knows: see tracer. A million calls are made where the race
// detector makes them slow, and with -short.
func TestExactness(t *testing.T) {
	const goroutines = 8
	calls := 10_000_000
	if raceDetector || testing.Short() {
		calls = 1_000_000
	}
	var tr tracer
	f := newFunc(t, tr.compute,
		cachier.WithSampling(0.01), cachier.WithMaxEntries(300), cachier.WithTTL(20*time.Millisecond),
		cachier.WithWaitTimeout(time.Millisecond), cachier.WithObserver(&tr),
		cachier.WithCost(func(int, version) float64 { return 2 }),
		cachier.WithSizer(func(int, version) int64 { tr.sized.Add(1); return 16 }),
	)
	tr.f = f
	stop := make(chan struct{})
	polls := make(chan int)
	go func() { polls <- neverFalls(t, f.Metrics(), stop) }()

	workers := make([]*worker, goroutines)
	var group sync.WaitGroup
	for i := range workers {
		workers[i] = newWorker(&tr, uint64(i))
		group.Go(func() { workers[i].work(calls / goroutines) })
	}
	group.Wait()
	close(stop)
	if n := <-polls; n < 1000 {
		t.Errorf("polled %d times", n)
	}
	// Those that nobody waits for any more are canceled, and counted.
	if err := f.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	var sum account
	for _, w := range workers {
		w.settle()
		sum.add(&w.account)
		if w.wrong != "" {
			t.Error(w.wrong)
		}
	}
	compare(t, f.Metrics().Snapshot(), &tr, &sum, uint64(calls))
}

// version is a cached value: which run of the function, or which Put, made it.
type version struct {
	key  int
	made uint64
}

// tracer is what the test knows of each call without asking the cache for its
// outcome. A call carries a mark in its context. The function, which gets the
// values of the context that began it, leaves in it that it ran for that call;
// an observer leaves in it that the call waited. So a call that bypasses the
// cache apart, one for which the function ran is a miss; one that only waited
// is coalesced; any other is a hit.
type tracer struct {
	f     *cachier.Func[int, version]
	made  atomic.Uint64 // versions
	sized atomic.Uint64
	ran   [numKinds][metrics.ResultPanic + 1]atomic.Uint64
	waits atomic.Uint64
	ended [metrics.ResultPanic + 1]atomic.Uint64
}

// mark is what a call carries.
type mark struct {
	kind   callKind
	ran    atomic.Bool
	made   atomic.Uint64 // the version that was made for it
	waited bool          // written by the call's own goroutine
}

type markKey struct{}

type callKind uint8

const (
	plainCall callKind = iota
	refreshCall
	skipCall
	tooOldCall // with a maximum age below 0
	numKinds
)

func (tr *tracer) compute(ctx context.Context, key int) (v version, err error) {
	m := ctx.Value(markKey{}).(*mark)
	m.ran.Store(true)
	result := metrics.ResultPanic
	defer func() { tr.ran[m.kind][result].Add(1) }()
	switch n := rand.Uint32N(2000); {
	case n < 2: // long enough for time-outs
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			result = metrics.ResultCanceled
			if ctx.Err() == context.DeadlineExceeded { // of a call that skips the cache
				result = metrics.ResultTimeout
			}
			return v, ctx.Err()
		}
	case n < 20:
		result = metrics.ResultError
		return v, errDown
	case n < 30:
		panic("boom")
	case n < 200: // long enough for others to come
		runtime.Gosched()
	}
	result = metrics.ResultOK
	v = version{key, tr.made.Add(1)}
	m.made.Store(v.made)
	return v, nil
}

// Start is the observer's.
func (tr *tracer) Start(ctx context.Context, op metrics.Op) (context.Context, func(metrics.Result)) {
	if op.Kind != metrics.OpWait {
		return ctx, nil
	}
	ctx.Value(markKey{}).(*mark).waited = true
	tr.waits.Add(1)
	return ctx, func(r metrics.Result) { tr.ended[r].Add(1) }
}

// worker makes calls from one goroutine and keeps account of them.
type worker struct {
	*tracer
	account
	random *rand.Rand
	zipf   *rand.Zipf
	mark   *mark           // of calls whose context can't end: one at a time
	ctx    context.Context // which carries it
	left   []left
	wrong  string
}

// left is a call whose context ended. If it began a computation, that may begin
// to run only after the call has returned.
type left struct {
	mark *mark
	kind metrics.ErrorKind
}

func newWorker(tr *tracer, seed uint64) *worker {
	w := &worker{tracer: tr, random: rand.New(rand.NewPCG(seed, 1)), mark: new(mark)}
	w.zipf = rand.NewZipf(w.random, 1.2, 10, 4000)
	w.ctx = context.WithValue(context.Background(), markKey{}, w.mark)
	return w
}

func (w *worker) work(calls int) {
	for range calls {
		key := int(w.zipf.Uint64())
		switch n := w.random.Uint32N(10_000); {
		case n < 10:
			w.operations[metrics.OperationPut][metrics.ResultOK]++
			if err := w.f.Put(w.ctx, key, version{key, w.made.Add(1)}); err != nil {
				w.wrong = err.Error()
			}
		case n < 20:
			w.operations[metrics.OperationDelete][metrics.ResultOK]++
			if err := w.f.Delete(w.ctx, key); err != nil {
				w.wrong = err.Error()
			}
		case n < 30:
			w.peek(key)
		case n == 31 && w.random.Uint32N(100) == 0:
			w.operations[metrics.OperationClear][metrics.ResultOK]++
			if err := w.f.Clear(w.ctx); err != nil {
				w.wrong = err.Error()
			}
		}
		switch n := w.random.Uint32N(10_000); {
		case n < 10:
			w.call(w.ctx, w.mark, key, refreshCall)
		case n < 20:
			w.call(w.ctx, w.mark, key, skipCall)
		case n < 30:
			w.call(w.ctx, w.mark, key, tooOldCall)
		case n < 80:
			w.callAndLeave(key, callKind(n%uint32(numKinds)))
		default:
			w.call(w.ctx, w.mark, key, plainCall)
		}
	}
}

func (w *worker) peek(key int) {
	result := metrics.ResultNotFound
	v, ok, err := w.f.Peek(w.ctx, key)
	if ok {
		result = metrics.ResultOK
	}
	if err != nil || ok && v.key != key {
		w.wrong = fmt.Sprint("Peek gave ", v, ok, err)
	}
	w.operations[metrics.OperationPeek][result]++
}

// callAndLeave makes a call whose context is about to end.
func (w *worker) callAndLeave(key int, kind callKind) {
	m := new(mark)
	ctx := context.WithValue(context.Background(), markKey{}, m)
	if w.random.Uint32N(2) == 0 {
		timed, cancel := context.WithTimeout(ctx, time.Duration(w.random.Uint32N(200))*time.Microsecond)
		defer cancel()
		w.call(timed, m, key, kind)
		return
	}
	canceled, cancel := context.WithCancel(ctx)
	defer time.AfterFunc(time.Duration(w.random.Uint32N(200))*time.Microsecond, cancel).Stop()
	defer cancel()
	w.call(canceled, m, key, kind)
}

// call makes one call and accounts for it.
func (w *worker) call(ctx context.Context, m *mark, key int, kind callKind) {
	m.kind, m.waited = kind, false
	m.ran.Store(false)
	m.made.Store(0)
	var v version
	var err error
	failure := metrics.NoError
	func() {
		defer func() {
			if p := recover(); p != nil {
				failure = metrics.ErrorPanic
				if p != "boom" {
					w.wrong = fmt.Sprint("panicked with ", p)
				}
			}
		}()
		v, err = w.try(ctx, key, kind)
	}()
	switch {
	case failure == metrics.ErrorPanic:
	case err == errDown:
		failure = metrics.ErrorFunction
	case err == context.Canceled:
		failure = metrics.ErrorCanceled
	case err == context.DeadlineExceeded:
		failure = metrics.ErrorDeadline
	case err != nil:
		w.wrong = "unexpected: " + err.Error()
	case v.key != key:
		w.wrong = fmt.Sprintf("got a value of %d for %d", v.key, key)
	}
	if failure == metrics.ErrorCanceled || failure == metrics.ErrorDeadline {
		if ctx.Err() != err {
			w.wrong = fmt.Sprintf("got %v, but the context says %v", err, ctx.Err())
		}
		w.left = append(w.left, left{m, failure})
		return
	}
	if made := m.made.Load(); failure == metrics.NoError && m.ran.Load() != (v.made == made) {
		w.wrong = fmt.Sprintf("the function made version %d for a call that got %d; ran: %v", made, v.made, m.ran.Load())
	}
	w.count(m, failure)
}

func (w *worker) try(ctx context.Context, key int, kind callKind) (version, error) {
	switch kind {
	case refreshCall:
		return w.f.Refresh(ctx, key)
	case skipCall:
		return w.f.Call(ctx, key, cachier.SkipCache())
	case tooOldCall:
		return w.f.Call(ctx, key, cachier.MaxAge(-1))
	default:
		return w.f.Call(ctx, key)
	}
}
