package cachier_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// spans is an observer that keeps what it is told.
type spans struct {
	mu    sync.Mutex
	open  int
	ended []string
}

type spanKey struct{}

func (s *spans) Start(ctx context.Context, op metrics.Op) (context.Context, func(metrics.Result)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
	within, _ := ctx.Value(spanKey{}).(string)
	return context.WithValue(ctx, spanKey{}, op.String()), func(r metrics.Result) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.open--
		line := fmt.Sprintf("%s %s: %v", op.Cache, op, r)
		if within != "" {
			line += ", within " + within
		}
		s.ended = append(s.ended, line)
	}
}

// told fails the test unless these ended, in any order, and all that began.
func (s *spans) told(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.ended)
	slices.Sort(want)
	if s.open != 0 || !slices.Equal(s.ended, want) {
		t.Errorf("%d are open; told of %q, want %q", s.open, s.ended, want)
	}
	s.ended = nil
}

func TestWithObserver(t *testing.T) {
	bubble(t, "in memory", func(t *testing.T) {
		var o spans
		s := source{then: func(ctx context.Context, _ string, _ int) (string, error) {
			time.Sleep(time.Second)
			return ctx.Value(spanKey{}).(string), nil // so that what it calls is part of the span
		}}
		f := newFunc(t, s.get, cachier.WithObserver(&o), cachier.WithMaxComputes(1), cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour))
		all(t, together(t, 3, func(i int) (string, error) { return f.Call(t.Context(), []string{"a", "a", "b"}[i]) }), "compute miss")
		o.told(t, "test compute miss: ok", "test compute miss: ok", "test wait process: ok", "test wait limit: ok")
		answers(t, f, "a", "compute miss")
		o.told(t) // not of hits
		time.Sleep(2 * time.Minute)
		answers(t, f, "a", "compute miss")
		time.Sleep(time.Minute)
		o.told(t, "test compute revalidate: ok")
		s.set(down)
		_, _ = f.Refresh(t.Context(), "a")
		_, _ = f.Call(t.Context(), "a", cachier.SkipCache())
		o.told(t, "test compute refresh: error", "test compute bypass: error")
		s.set(func(context.Context, string, int) (string, error) { panic("boom") })
		recovered(func() { _, _ = f.Refresh(t.Context(), "a") })
		o.told(t, "test compute refresh: panic")
	})
	bubble(t, "on a backend", func(t *testing.T) {
		var o spans
		var s source
		store := &hooked{Store: membackend.New()}
		f := newFunc(t, s.get, cachier.WithObserver(&o), cachier.WithBackend(store))
		if err := f.Put(t.Context(), "a", "a"); err != nil {
			t.Error(err)
		}
		o.told(t, "test backend set: ok")
		answers(t, f, "a", "a")
		o.told(t, "test backend get: ok")
		store.onGet = func(context.Context, int) error { return errDown }
		_, _, _ = f.Peek(t.Context(), "a")
		o.told(t, "test backend get: error")
		store.onGet = func(context.Context, int) error { panic("boom") }
		recovered(func() { _, _, _ = f.Peek(t.Context(), "a") })
		o.told(t, "test backend get: panic")
	})
}

// nothing is an observer that gives no function to call at the end.
type nothing struct{}

func (nothing) Start(ctx context.Context, _ metrics.Op) (context.Context, func(metrics.Result)) {
	return ctx, nil
}

func TestObserverMayReturnNil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithObserver(nothing{}), cachier.WithBackend(membackend.New()))
		answers(t, f, "a", "a#1")
		answers(t, f, "a", "a#1")
	})
}
