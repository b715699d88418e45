package integration_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// gate stands in front of a store and can hold up or refuse what is asked of it.
type gate struct {
	backend.Locker
	read, write atomic.Pointer[func(context.Context) error] // nil: open
}

// frozen holds up whoever asks, until the context ends.
func frozen(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// refusing fails at once.
func refusing(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

func (g *gate) shut(read, write func(context.Context) error) {
	if read != nil {
		g.read.Store(&read)
	}
	if write != nil {
		g.write.Store(&write)
	}
}

func (g *gate) open() {
	g.read.Store(nil)
	g.write.Store(nil)
}

func pass(ctx context.Context, p *atomic.Pointer[func(context.Context) error]) error {
	if shut := p.Load(); shut != nil {
		return (*shut)(ctx)
	}
	return nil
}

func (g *gate) Get(ctx context.Context, key string) (backend.Entry, error) {
	if err := pass(ctx, &g.read); err != nil {
		return backend.Entry{}, err
	}
	return g.Locker.Get(ctx, key)
}

func (g *gate) Set(ctx context.Context, key string, e backend.Entry) error {
	if err := pass(ctx, &g.write); err != nil {
		return err
	}
	return g.Locker.Set(ctx, key, e)
}

func (g *gate) Delete(ctx context.Context, key string) error {
	if err := pass(ctx, &g.write); err != nil {
		return err
	}
	return g.Locker.Delete(ctx, key)
}

func (g *gate) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		if err := pass(ctx, &g.read); err != nil {
			yield(backend.Info{}, err)
			return
		}
		g.Locker.List(ctx, prefix)(yield)
	}
}

func (g *gate) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	if err := pass(ctx, &g.write); err != nil {
		return nil, err
	}
	l, err := g.Locker.Lock(ctx, key, ttl)
	if err != nil {
		return nil, err
	}
	return &gatedLease{l, g}, nil
}

type gatedLease struct {
	backend.Lease
	gate *gate
}

func (l *gatedLease) Commit(ctx context.Context, e backend.Entry) error {
	if err := pass(ctx, &l.gate.write); err != nil {
		return err
	}
	return l.Lease.Commit(ctx, e)
}

func (l *gatedLease) Release(ctx context.Context) error {
	if err := pass(ctx, &l.gate.write); err != nil {
		return err
	}
	return l.Lease.Release(ctx)
}

// outage is something that happens to a store.
type outage struct {
	begin  func()
	end    func() // nil: the store does not come back
	passes bool   // it ends by itself, perhaps before a circuit opens; end is not called
	reads  bool   // reading fails too
	errors bool   // writing fails, so that the circuit opens
}

// outages are those of a store in a directory.
func outages(t *testing.T, store string) map[string]func() (backend.Locker, outage) {
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	gated := func(read, write func(context.Context) error) func() (backend.Locker, outage) {
		return func() (backend.Locker, outage) {
			g := &gate{Locker: stores[store](t, t.TempDir())}
			return g, outage{begin: func() { g.shut(read, write) }, end: g.open, reads: read != nil, errors: true}
		}
	}
	all := map[string]func() (backend.Locker, outage){
		"frozen":    gated(frozen, frozen),
		"read-only": gated(nil, refusing(syscall.EROFS)),
		"full":      gated(nil, refusing(fmt.Errorf("%w: %w", backend.ErrFull, syscall.ENOSPC))),
	}
	maps.Copy(all, serverOutages(t, store))
	switch store {
	case "redis":
		return redisOutages(t)
	case "files":
		all["gone"] = func() (backend.Locker, outage) {
			dir := t.TempDir()
			files := filepath.Join(dir, "files")
			return stores[store](t, dir), outage{
				begin: func() {
					for os.Rename(files, files+".gone") != nil { // while it is being written to
						time.Sleep(time.Millisecond)
					}
					_ = os.RemoveAll(files)
					must(os.WriteFile(files, nil, 0o600)) // something else stands there
				},
				end:   func() { must(os.Remove(files)); must(os.Rename(files+".gone", files)) },
				reads: true, errors: true,
			}
		}
	case "sqlite":
		all["closed"] = func() (backend.Locker, outage) {
			db := openSQLite(t, t.TempDir())
			return overSQLite(t, db), outage{begin: func() { must(db.Close()) }, reads: true, errors: true}
		}
		all["really read-only"] = func() (backend.Locker, outage) {
			db := openSQLite(t, t.TempDir())
			db.SetMaxOpenConns(1) // the pragma is the connection's
			run := func(text string) func() {
				return func() { _, err := db.ExecContext(t.Context(), text); must(err) }
			}
			return overSQLite(t, db), outage{begin: run("PRAGMA query_only = 1"), end: run("PRAGMA query_only = 0"), errors: true}
		}
	}
	return all
}

// While a store is out of order under load, no call fails, the origin is
// protected, calls don't pay, and the cache serves again soon after.
func TestOutages(t *testing.T) {
	for store := range stores {
		for name, make := range outages(t, store) {
			t.Run(store+" "+name, func(t *testing.T) {
				t.Parallel()
				b, o := make()
				endure(t, b, o)
			})
		}
		for name, make := range diskOutages(store) {
			t.Run(store+" "+name, func(t *testing.T) {
				t.Parallel()
				b, o := make(t)
				endure(t, b, o)
			})
		}
	}
}

const maxComputes = 4

func endure(t *testing.T, b backend.Locker, o outage) {
	var running, most, calls, failed atomic.Int64
	f := cachier.Must(cachier.New("test", func(context.Context, int64) (string, error) {
		n := running.Add(1)
		defer running.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(2 * time.Millisecond)
		return "value", nil
	}, quiet(cachier.WithBackend(b), cachier.WithMaxComputes(maxComputes), cachier.WithNamespace("test"))...))
	defer func() {
		if err := f.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	call := func(key int64) cachier.CallInfo {
		var info cachier.CallInfo
		v, err := f.Call(t.Context(), key, cachier.Info(&info))
		calls.Add(1)
		if v != "value" || err != nil {
			failed.Add(1)
			t.Errorf("%q, %v", v, err)
		}
		return info
	}
	var load sync.WaitGroup
	var keys atomic.Int64
	stop := make(chan struct{})
	for range 8 {
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					call(keys.Add(1) % 100)
					call(1000 + keys.Add(1)) // a new one
				}
			}
		})
	}
	defer load.Wait()
	defer close(stop)
	wait := func(what string, holds func() bool) time.Duration {
		t.Helper()
		start := time.Now()
		for !holds() {
			if time.Since(start) > 50*time.Second {
				t.Fatal("waited in vain until " + what)
			}
			time.Sleep(5 * time.Millisecond)
		}
		return time.Since(start)
	}
	wait("it is warm", func() bool { return call(keys.Add(1)%100).Outcome == metrics.Hit })

	begun := time.Now()
	o.begin()
	back := func() {
		t.Helper()
		wait("it serves again", func() bool {
			key := 1_000_000 + keys.Add(1)
			return call(key).Outcome == metrics.Miss && call(key).Outcome == metrics.Hit
		})
	}
	defer func() {
		if n := most.Load(); n > maxComputes {
			t.Errorf("%d computations at once, want %d at most", n, maxComputes)
		}
		t.Logf("%d calls, %d failed, %d computations at once at most", calls.Load(), failed.Load(), most.Load())
	}()
	if o.passes {
		back()
		t.Logf("served again %v after it began", time.Since(begun))
		return
	}
	opened := wait("the circuit is open", func() bool {
		g := f.Metrics().Snapshot().Gauges()
		return (g.CircuitRead == 1 || !o.reads) && (g.CircuitWrite == 1 || !o.errors)
	})
	var costs []time.Duration
	for i := range int64(200) {
		info := call(-i) // a new one
		costs = append(costs, info.Duration-info.Computed-info.Waited)
	}
	slices.Sort(costs)
	t.Logf("open after %v; a call then cost %v more than the function (median; 99th in 100: %v)", opened, costs[100], costs[198])
	if costs[100] > 10*time.Millisecond {
		t.Error("that is more than ten times the millisecond that it may cost")
	}
	if o.end != nil {
		ended := time.Now()
		o.end()
		back()
		t.Logf("served again %v after the store was back", time.Since(ended))
	}
}
