package cachier

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/cachier-go/cachier/metrics"
)

// A Func is a function that remembers its results. Make one with [New]. All its
// methods are safe for concurrent use. It must not be copied.
type Func[K, V any] struct {
	name string
	fn   func(context.Context, K) (V, error)
	opts []Option

	// What a hit in memory needs: at most one of them is set, from the first
	// call until Close.
	direct atomic.Pointer[hot[K, K, V]]
	coded  atomic.Pointer[hot[string, K, V]]

	recorder *metrics.Recorder // nil: no metrics
	registry *metrics.Registry
	sampling metrics.Sampling
	reveal   bool

	mu     sync.Mutex                   // protects building, and closed
	built  atomic.Pointer[engine[K, V]] // nil before the first use
	closed bool
}

// New wraps fn, so that it remembers its results. The name says in metrics and
// in stores which function it is, so it has to be there and stay the same.
//
// K is the argument: a string, an integer, a struct or array of them, which are
// looked up as they are, or a slice or map, which is encoded. For any other
// type, and where arguments that differ are to be the same call, give a
// [WithKey]. V is the result. Values in memory are shared between callers, who
// must only read them, unless there is a [WithClone].
//
// Two Funcs of one name in one registry are added up in its metrics, if their K
// and V are the same; if not, New fails, as it does for every option that does
// not fit.
func New[K, V any](name string, fn func(context.Context, K) (V, error), opts ...Option) (*Func[K, V], error) {
	f := &Func[K, V]{name: name, fn: fn, opts: opts}
	if err := f.init(); err != nil {
		if name == "" {
			return nil, fmt.Errorf("cachier: New: %w", err)
		}
		return nil, fmt.Errorf("cachier: New(%q): %w", name, err)
	}
	return f, nil
}

// Must returns f, or panics with err. It is for Funcs made when a program
// starts.
func Must[K, V any](f *Func[K, V], err error) *Func[K, V] {
	if err != nil {
		panic(err)
	}
	return f
}

func (f *Func[K, V]) init() error {
	switch {
	case f.name == "":
		return errors.New("the name is empty")
	case f.fn == nil:
		return errors.New("the function is nil")
	}
	// Everything is tried out now, so that mistakes show when a program starts;
	// the engine that is used is made at the first call, with the defaults then.
	c, err := f.config()
	if err != nil {
		return err
	}
	if _, err := newEngine(f, c); err != nil {
		return err
	}
	f.sampling, f.reveal = c.sampling, c.revealKeys
	if c.withoutMetrics {
		return nil
	}
	f.registry = c.registry
	if f.registry == nil {
		f.registry = metrics.Default()
	}
	f.recorder, err = metrics.NewRecorder(f.name, metrics.RecorderOptions{
		Labels:     c.labels,
		Backend:    storeKind(c),
		Type:       fmt.Sprintf("func(%v) %v", typeName[K](), typeName[V]()),
		Sampling:   c.sampling,
		Hits:       f.hits,
		Gauges:     f.gauges,
		RevealKeys: c.revealKeys,
	})
	if err != nil {
		return err
	}
	return f.registry.Register(f.recorder)
}

// typeName names a type with its package's path, so that equal names of
// different packages differ.
func typeName[T any]() string {
	t := reflect.TypeFor[T]()
	if t.Name() != "" && t.PkgPath() != "" {
		return t.PkgPath() + "." + t.Name()
	}
	return t.String()
}

// config is what the defaults of this moment and the Func's own options come to.
func (f *Func[K, V]) config() (*config, error) {
	own := new(config)
	if err := own.take(f.opts); err != nil {
		return nil, err
	}
	c := defaultConfig()
	if err := c.take(f.opts); err != nil {
		return nil, err
	}
	c.yield(own, nilable(reflect.TypeFor[V]()))
	return c, nil
}

// engine returns what computes and stores, made at the first use.
func (f *Func[K, V]) engine() (*engine[K, V], error) {
	if e := f.built.Load(); e != nil {
		return e, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if e := f.built.Load(); e != nil {
		return e, nil
	}
	c, err := f.config()
	if err != nil {
		return nil, fmt.Errorf("cachier: %s: %w", f.name, err)
	}
	// What concerns metrics was settled by New.
	c.withoutMetrics, c.sampling, c.revealKeys = f.recorder == nil, f.sampling, f.reveal
	e, err := newEngine(f, c)
	if err != nil {
		return nil, fmt.Errorf("cachier: %s: %w", f.name, err)
	}
	e.start(f.closed)
	if !f.closed {
		if f.recorder != nil {
			e.tellOf(f.registry)
		}
		f.publish(e)
	}
	f.built.Store(e)
	return e, nil
}

// publish lets calls be answered by the fast path.
func (f *Func[K, V]) publish(e *engine[K, V]) {
	switch {
	case e.local.direct != nil:
		f.direct.Store(hotOf(e, e.local.direct))
	case e.local.coded != nil:
		f.coded.Store(hotOf(e, e.local.coded))
	}
}

// hits is the number of calls that the fast path has answered.
func (f *Func[K, V]) hits() uint64 {
	if e := f.built.Load(); e != nil && e.slots != nil {
		return e.slots.Sum()
	}
	return 0
}

// Name returns the name that was given to New.
func (f *Func[K, V]) Name() string { return f.name }

// Metrics returns what records the calls of the Func. It is nil, and then says
// "no data" everywhere, if the Func was made WithoutMetrics.
func (f *Func[K, V]) Metrics() *metrics.Recorder { return f.recorder }

// Func returns the cached function as a function of the same type as the one
// that was given to New.
func (f *Func[K, V]) Func() func(context.Context, K) (V, error) {
	return func(ctx context.Context, key K) (V, error) { return f.Call(ctx, key) }
}

// Close ends the background work of the Func: it cancels computations that are
// under way and waits for them until ctx ends, whose error it then returns. It
// does not close the backend. A closed Func computes at every call; what it
// counted stays in its registry. Closing again does nothing.
func (f *Func[K, V]) Close(ctx context.Context) error {
	f.mu.Lock()
	was := f.closed
	f.closed = true
	f.direct.Store(nil)
	f.coded.Store(nil)
	e := f.built.Load()
	f.mu.Unlock()
	var err error
	if e != nil {
		err = e.close(ctx)
	}
	if !was && f.registry != nil && f.recorder != nil {
		f.registry.Retire(f.recorder)
	}
	return err
}
