package backendtest

import (
	"context"
	"errors"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// ended are contexts that have ended in both ways.
func ended(parent context.Context) map[string]context.Context {
	canceled, cancel := context.WithCancel(parent)
	cancel()
	late, cancelLate := context.WithDeadline(parent, time.Now().Add(-time.Second))
	cancelLate()
	return map[string]context.Context{"canceled": canceled, "past its deadline": late}
}

var contextChecks = []check{
	{
		name: "ended before",
		why:  "A method whose context has ended returns its error and does nothing at all: what was given up must not happen afterwards.",
		run: func(s *session) {
			s.set("a/k", "old")
			s.must("Set", s.b.Set(s.ctx(), "a/gone", backend.Entry{Created: time.Now(), Expires: time.Now().Add(-time.Minute)}))
			for name, ctx := range ended(s.ctx()) {
				for op, run := range map[string]func() error{
					"Get":    func() error { _, err := s.b.Get(ctx, "a/k"); return err },
					"Set":    func() error { return s.b.Set(ctx, "a/k", text("new")) },
					"Delete": func() error { return s.b.Delete(ctx, "a/k") },
					"List":   func() error { return firstError(s.b.List(ctx, "")) },
					"Clear":  func() error { return backend.Clear(ctx, s.b, "a/") },
					"Cleanup": func() error {
						_, err := backend.Cleanup(ctx, s.b, "a/")
						return err
					},
					"Size":    func() error { _, err := backend.Size(ctx, s.b, "a/"); return err },
					"GetMany": func() error { _, err := backend.GetMany(ctx, s.b, []string{"a/k"}); return err },
				} {
					if err := run(); !errors.Is(err, ctx.Err()) {
						s.Errorf("%s with a context that is %s returned %v, want %v", op, name, err, ctx.Err())
					}
					s.holds("a/k", "old")
				}
			}
		},
	},
	{
		name: "leases", locks: true,
		why: "With a context that has ended no lease is made, ended, broken or prolonged.",
		run: func(s *session) {
			l := s.lock("held", long)
			h := s.held("held")
			for name, ctx := range ended(s.ctx()) {
				for op, run := range map[string]func() error{
					"Lock":       func() error { _, err := backend.Lock(ctx, s.b, "free", long); return err },
					"TakeOver":   func() error { _, err := backend.TakeOver(ctx, s.b, "held", h, long); return err },
					"BreakLocks": func() error { _, err := backend.BreakLocks(ctx, s.b, ""); return err },
					"Commit":     func() error { return l.Commit(ctx, text("v")) },
					"Fail":       func() error { return l.Fail(ctx) },
					"Release":    func() error { return l.Release(ctx) },
					"Extend":     func() error { return l.Extend(ctx, time.Nanosecond) },
					"Delete":     func() error { return s.b.Delete(ctx, "held") },
					"Set":        func() error { return s.b.Set(ctx, "held", text("v")) },
				} {
					if err := run(); !errors.Is(err, ctx.Err()) {
						s.Errorf("%s with a context that is %s returned %v, want %v", op, name, err, ctx.Err())
					}
					if again := s.held("held"); again.Token != h.Token {
						s.Fatalf("%s with a context that is %s replaced the lease", op, name)
					}
				}
			}
			s.absent("held")
			s.must("Release", s.lock("free", long).Release(s.ctx()))
			s.must("Commit", l.Commit(s.ctx(), text("v")))
		},
	},
	{
		name: "watching", watches: true,
		why: "A watch whose context has ended yields one error and ends.",
		run: func(s *session) {
			for name, ctx := range ended(s.ctx()) {
				if err := firstError(backend.Watch(ctx, s.b, "")); !errors.Is(err, ctx.Err()) {
					s.Errorf("Watch with a context that is %s ended with %v", name, err)
				}
			}
		},
	},
	{
		name: "ended while listing",
		why:  "A listing ends with its context: it may be of a million keys.",
		run: func(s *session) {
			for _, k := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
				s.set(k, "v")
			}
			ctx, cancel := context.WithCancel(s.ctx())
			defer cancel()
			yielded, after := 0, 0
			for _, err := range s.b.List(ctx, "") {
				if yielded++; err != nil {
					after++
					s.want("List", err, context.Canceled)
				} else if after > 0 {
					s.Error("something follows the error")
				}
				cancel()
			}
			if after > 1 || yielded == 0 {
				s.Errorf("yielded %d times, %d of them an error", yielded, after)
			}
		},
	},
}

// firstError returns the error with which a sequence ends.
func firstError[T any](seq func(func(T, error) bool)) (first error) {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}
