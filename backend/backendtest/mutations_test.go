package backendtest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

func onGet(change func(backend.Entry, error) (backend.Entry, error)) func() backend.Backend {
	return func() backend.Backend { return &changed{Store: membackend.New(), get: change} }
}

func onSet(change func(*backend.Entry)) func() backend.Backend {
	return func() backend.Backend { return &changed{Store: membackend.New(), set: change} }
}

func onKey(change func(string) string) func() backend.Backend {
	return func() backend.Backend { return &changed{Store: membackend.New(), key: change} }
}

// changed changes what goes in or out.
type changed struct {
	*membackend.Store
	get func(backend.Entry, error) (backend.Entry, error)
	set func(*backend.Entry)
	key func(string) string
}

func (c *changed) Get(ctx context.Context, key string) (backend.Entry, error) {
	if c.key != nil {
		key = c.key(key)
	}
	e, err := c.Store.Get(ctx, key)
	if c.get != nil {
		return c.get(e, err)
	}
	return e, err
}

func (c *changed) Set(ctx context.Context, key string, e backend.Entry) error {
	if c.key != nil {
		key = c.key(key)
	}
	if c.set != nil {
		c.set(&e)
	}
	return c.Store.Set(ctx, key, e)
}

type sharing struct {
	*membackend.Store
	mu   sync.Mutex
	kept map[string]backend.Entry
}

func (s *sharing) Set(ctx context.Context, key string, e backend.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[key] = e
	return s.Store.Set(ctx, key, e)
}

func (s *sharing) Get(ctx context.Context, key string) (backend.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, err := s.Store.Get(ctx, key); err != nil {
		return e, err
	}
	return s.kept[key], nil
}

type patterns struct{ *membackend.Store }

func (p *patterns) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		for info, err := range p.Store.List(ctx, "") {
			if ok, _ := path.Match(prefix+"*", info.Key); err == nil && !ok {
				continue
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

type clearsAll struct{ *membackend.Store }

func (c *clearsAll) Clear(ctx context.Context, _ string) error { return c.Store.Clear(ctx, "") }

type onePage struct{ *membackend.Store }

func (o *onePage) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		n := 0
		for info, err := range o.Store.List(ctx, prefix) {
			if n++; n > 1000 || !yield(info, err) {
				return
			}
		}
	}
}

type countsOnce struct {
	*membackend.Store
	once  sync.Once
	first backend.Usage
}

func (c *countsOnce) Size(ctx context.Context, prefix string) (backend.Usage, error) {
	u, err := c.Store.Size(ctx, prefix)
	c.once.Do(func() { c.first = u })
	return c.first, err
}

type twoSteps struct{ *membackend.Store }

func (s *twoSteps) Set(ctx context.Context, key string, e backend.Entry) error {
	half := e
	half.Value = e.Value[:len(e.Value)/2]
	_ = s.Store.Set(ctx, key, half)
	time.Sleep(time.Millisecond) // in the bubble: others run now
	return s.Store.Set(ctx, key, e)
}

// forgetful loses each twentieth entry.
type forgetful struct {
	*membackend.Store
	sets atomic.Int64
}

func (f *forgetful) Set(ctx context.Context, key string, e backend.Entry) error {
	if f.sets.Add(1)%20 == 0 {
		return nil
	}
	return f.Store.Set(ctx, key, e)
}

type deaf struct{ *membackend.Store }

func (d *deaf) Get(_ context.Context, key string) (backend.Entry, error) {
	return d.Store.Get(context.Background(), key)
}

type open struct{ *membackend.Store }

func (o *open) Close() error { return nil }

type nameless struct{ *membackend.Store }

func (n *nameless) Identity() string { return "memory" }

type eager struct{ *membackend.Store }

func (e *eager) Cleanup(ctx context.Context, prefix string) (int, error) {
	return 1, e.Clear(ctx, prefix)
}

type gapless struct{ *membackend.Store }

func (g *gapless) Watch(ctx context.Context, prefix string) iter.Seq2[backend.Event, error] {
	return func(yield func(backend.Event, error) bool) {
		for ev, err := range g.Store.Watch(ctx, prefix) {
			if err == nil && ev.Kind == backend.EventGap {
				ev = backend.Event{Kind: backend.EventStored, Key: prefix}
			}
			if !yield(ev, err) {
				return
			}
		}
	}
}

type terse struct{ *membackend.Store }

func (m *terse) Watch(ctx context.Context, prefix string) iter.Seq2[backend.Event, error] {
	return func(yield func(backend.Event, error) bool) {
		var last backend.Event
		for ev, err := range m.Store.Watch(ctx, prefix) {
			if err == nil && ev == last && ev.Kind == backend.EventStored {
				continue
			}
			if last = ev; !yield(ev, err) {
				return
			}
		}
	}
}

type loud struct{ *membackend.Store }

func (l *loud) Watch(ctx context.Context, _ string) iter.Seq2[backend.Event, error] {
	return l.Store.Watch(ctx, "")
}

// generous lets everybody take every lease over.
type generous struct{ *membackend.Store }

func (g *generous) TakeOver(ctx context.Context, key string, h backend.Holder, ttl time.Duration) (backend.Lease, error) {
	l, err := g.Store.TakeOver(ctx, key, h, ttl)
	if !errors.Is(err, backend.ErrHeld) {
		return l, err
	}
	if _, err := g.BreakLocks(ctx, key); err != nil {
		return nil, fmt.Errorf("breaking: %w", err)
	}
	return g.Store.TakeOver(ctx, key, h, ttl)
}

func onTTL(change func(time.Duration) time.Duration) func() backend.Backend {
	return func() backend.Backend { return &leasing{Store: membackend.New(), ttl: change} }
}

func onLease(change func(*lease)) func() backend.Backend {
	return func() backend.Backend { return &leasing{Store: membackend.New(), change: change} }
}

// leasing changes leases.
type leasing struct {
	*membackend.Store
	ttl    func(time.Duration) time.Duration
	change func(*lease)
}

func (l *leasing) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	if l.ttl != nil && ttl > 0 {
		ttl = l.ttl(ttl)
	}
	inner, err := l.Store.Lock(ctx, key, ttl)
	if err != nil || l.change == nil {
		return inner, err
	}
	outer := &lease{Lease: inner, store: l.Store, key: key}
	l.change(outer)
	return outer, nil
}

type lease struct {
	backend.Lease
	store                        *membackend.Store
	key                          string
	lateCommit, noMark, noExtend bool
}

func (l *lease) Commit(ctx context.Context, e backend.Entry) error {
	err := l.Lease.Commit(ctx, e)
	if l.lateCommit && errors.Is(err, backend.ErrLeaseLost) {
		return l.store.Set(ctx, l.key, e)
	}
	return err
}

func (l *lease) Fail(ctx context.Context) error {
	if l.noMark {
		return l.Release(ctx)
	}
	return l.Lease.Fail(ctx)
}

func (l *lease) Extend(ctx context.Context, ttl time.Duration) error {
	if l.noExtend {
		return nil
	}
	return l.Lease.Extend(ctx, ttl)
}
