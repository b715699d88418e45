package backendtest

import (
	"errors"
	"strings"

	"github.com/cachier-go/cachier/backend"
)

var closingChecks = []check{
	{
		name: "closed",
		why:  "After Close every method says ErrClosed, and nothing hangs or panics; to close twice is no error.",
		run: func(s *session) {
			s.set("k", "v")
			var l backend.Lease
			if backend.CanLock(s.b) {
				l = s.lock("leased", long)
			}
			s.must("Close", s.b.Close())
			s.must("Close again", s.b.Close())
			ctx := s.ctx()
			for op, run := range map[string]func() error{
				"Get":    func() error { _, err := s.b.Get(ctx, "k"); return err },
				"Set":    func() error { return s.b.Set(ctx, "k", text("new")) },
				"Delete": func() error { return s.b.Delete(ctx, "k") },
				"List":   func() error { return firstError(s.b.List(ctx, "")) },
				"Clear":  func() error { return backend.Clear(ctx, s.b, "") },
				"Cleanup": func() error {
					_, err := backend.Cleanup(ctx, s.b, "")
					return err
				},
				"Size":    func() error { _, err := backend.Size(ctx, s.b, ""); return err },
				"GetMany": func() error { _, err := backend.GetMany(ctx, s.b, []string{"k"}); return err },
			} {
				s.want(op+" after Close", run(), backend.ErrClosed)
			}
			if l == nil {
				return
			}
			for op, run := range map[string]func() error{
				"Lock":     func() error { _, err := backend.Lock(ctx, s.b, "free", long); return err },
				"TakeOver": func() error { _, err := backend.TakeOver(ctx, s.b, "free", backend.Holder{}, long); return err },
				"BreakLocks": func() error {
					_, err := backend.BreakLocks(ctx, s.b, "")
					return err
				},
				"Commit": func() error { return l.Commit(ctx, text("v")) },
				"Fail":   func() error { return l.Fail(ctx) },
				"Extend": func() error { return l.Extend(ctx, long) },
			} {
				s.want(op+" after Close", run(), backend.ErrClosed)
			}
		},
	},
	{
		name: "what stays",
		why:  "Closing one backend takes nothing from the others over the same store: entries stay, leases run on.",
		run: func(s *session) {
			if s.h.Another == nil {
				s.Log("LEFT OUT: Harness.Another is not set")
				return
			}
			s.set("k", "v")
			s.lockIfPossible("leased")
			s.must("Close", s.b.Close())
			e, err := s.other.Get(s.ctx(), "k")
			s.must("Get", err)
			if string(e.Value) != "v" {
				s.Errorf("Get returned %q", e.Value)
			}
			s.must("Set", s.other.Set(s.ctx(), "k", text("w")))
			if backend.CanLock(s.other) {
				s.held("leased")
			}
		},
	},
	{
		name: "watching", watches: true,
		why: "Close ends every watch, so that nothing outlives it.",
		run: func(s *session) {
			w := s.watch(s.b, "")
			s.must("Close", s.b.Close())
			s.want("the watch", w.wait(), backend.ErrClosed)
			s.want("a watch after Close", firstError(backend.Watch(s.ctx(), s.b, "")), backend.ErrClosed)
		},
	},
}

var identityChecks = []check{
	{
		name: "kind",
		why:  "The kind is a label of metrics: one short word.",
		run: func(s *session) {
			kind := backend.Kind(s.b)
			if kind == "" || kind != strings.ToLower(kind) || strings.ContainsAny(kind, " /\"{}=,\n") || len(kind) > 20 {
				s.Errorf("the kind is %q", kind)
			}
		},
	},
	{
		name: "identity",
		why:  "What a shared store holds is counted once: backends over the same store say the same, all others something else, and it doesn't change.",
		run: func(s *session) {
			if _, ok := s.b.(backend.Identifier); !ok {
				s.Log("LEFT OUT: the backend is no Identifier")
				return
			}
			id := backend.Identity(s.b)
			if id == "" {
				s.Error("the identity is empty")
			}
			if other := backend.Identity(s.other); other != id {
				s.Errorf("the same store is %q and %q", id, other)
			}
			second := s.h.New(s)
			s.Cleanup(func() { _ = second.Close() })
			if backend.Identity(second) == id {
				s.Errorf("two stores are %q", id)
			}
			s.set("k", "v")
			s.must("Close", s.b.Close())
			if again := backend.Identity(s.b); again != id {
				s.Errorf("the identity became %q, it was %q", again, id)
			}
			if _, err := second.Get(s.ctx(), "k"); !errors.Is(err, backend.ErrNotFound) {
				s.Errorf("what was stored in one is in the other: %v", err)
			}
		},
	},
}
