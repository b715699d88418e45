package backendtest_test

import (
	"bytes"
	"path"
	"strings"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// mutant is a store that breaks the contract in one way.
type mutant struct {
	name     string
	caught   string // by this case of the suite
	make     func() backend.Backend
	tooLarge int
}

var mutants = []mutant{
	{name: "drops early", caught: "expiry/never before", make: onGet(func(e backend.Entry, err error) (backend.Entry, error) {
		if err == nil && !e.Expires.IsZero() && time.Until(e.Expires) < 100*time.Millisecond {
			return backend.Entry{}, backend.ErrNotFound
		}
		return e, err
	})},
	{name: "loses Meta", caught: "entries/round trip", make: onSet(func(e *backend.Entry) { e.Meta = nil })},
	{name: "rounds Expires down", caught: "entries/round trip", make: onSet(func(e *backend.Entry) {
		if !e.Expires.IsZero() {
			e.Expires = e.Expires.Truncate(time.Second).Add(-time.Second)
		}
	})},
	{name: "keeps whole seconds of Cost", caught: "entries/round trip", make: onSet(func(e *backend.Entry) { e.Cost = e.Cost.Truncate(time.Second) })},
	{name: "cuts large values", caught: "entries/large", make: onSet(func(e *backend.Entry) { e.Value = e.Value[:min(len(e.Value), 65535)] })},
	{name: "takes values for text", caught: "entries/binary", make: onSet(func(e *backend.Entry) { e.Value = bytes.ToValidUTF8(e.Value, []byte("?")) })},
	{name: "writes to the caller's slices", caught: "aliasing/while set", make: onSet(func(e *backend.Entry) { _ = append(e.Value, 0) })},
	{name: "has room for everything", caught: "entries/too large", tooLarge: 1 << 20, make: func() backend.Backend { return membackend.New() }},
	{name: "finds empty values absent", caught: "entries/empty", make: onGet(func(e backend.Entry, err error) (backend.Entry, error) {
		if err == nil && len(e.Value) == 0 {
			return backend.Entry{}, backend.ErrNotFound
		}
		return e, err
	})},
	{name: "returns Value and Meta in one piece", caught: "aliasing/appending", make: onGet(func(e backend.Entry, err error) (backend.Entry, error) {
		both, n := append(bytes.Clone(e.Value), e.Meta...), len(e.Value)
		e.Value, e.Meta = both[:n], both[n:]
		return e, err
	})},
	{name: "keeps and hands out its own slices", caught: "aliasing/after get", make: func() backend.Backend {
		return &sharing{Store: membackend.New(), kept: map[string]backend.Entry{}}
	}},
	{name: "folds case", caught: "keys/any key", make: onKey(strings.ToLower)},
	{name: "takes keys for paths", caught: "keys/any key", make: onKey(path.Clean)},
	{name: "cuts long keys", caught: "keys/any key", make: onKey(func(key string) string { return key[:min(len(key), 255)] })},
	{name: "takes prefixes for patterns", caught: "keys/literal prefixes", make: func() backend.Backend { return &patterns{membackend.New()} }},
	{name: "clears everything", caught: "keys/isolated prefixes", make: func() backend.Backend { return &clearsAll{membackend.New()} }},
	{name: "lists the first page", caught: "listing/many", make: func() backend.Backend { return &onePage{membackend.New()} }},
	{name: "counts once", caught: "listing/sizes follow", make: func() backend.Backend { return &countsOnce{Store: membackend.New()} }},
	{name: "writes in two steps", caught: "concurrency/no mixtures", make: func() backend.Backend { return &twoSteps{membackend.New()} }},
	{name: "ignores contexts", caught: "contexts/ended before", make: func() backend.Backend { return &deaf{membackend.New()} }},
	{name: "never closes", caught: "closing/closed", make: func() backend.Backend { return &open{membackend.New()} }},
	{name: "is called like the others", caught: "identity/identity", make: func() backend.Backend { return &nameless{membackend.New()} }},
	{name: "cleans up what hasn't expired", caught: "expiry/clean-up", make: func() backend.Backend { return &eager{membackend.New()} }},
	{name: "tells no gap at first", caught: "watching/what happens", make: func() backend.Backend { return &gapless{membackend.New()} }},
	{name: "tells of two changes at once", caught: "watching/each change", make: func() backend.Backend { return &terse{membackend.New()} }},
	{name: "tells everybody everything", caught: "watching/only the prefix", make: func() backend.Backend { return &loud{membackend.New()} }},

	{name: "commits after a loss", caught: "losses/after delete", make: onLease(func(l *lease) { l.lateCommit = true })},
	{name: "commits when taken over", caught: "leases/take over", make: onLease(func(l *lease) { l.lateCommit = true })},
	{name: "commits when cleared", caught: "races/commit against clear", make: onLease(func(l *lease) { l.lateCommit = true })},
	{name: "leaves no failure mark", caught: "failures/side by side", make: onLease(func(l *lease) { l.noMark = true })},
	{name: "doesn't extend", caught: "leases/extend", make: onLease(func(l *lease) { l.noExtend = true })},
	{name: "holds for longer than its time", caught: "leases/running out", make: onTTL(func(time.Duration) time.Duration { return 1000 * time.Hour })},
	{name: "holds for less than its time", caught: "leases/running out", make: onTTL(func(d time.Duration) time.Duration { return d / 2 })},
	{name: "is taken over by everybody", caught: "races/one of many takes over", make: func() backend.Backend { return &generous{membackend.New()} }},
	{name: "forgets now and then", caught: "model/random operations", make: func() backend.Backend { return &forgetful{Store: membackend.New()} }},
}
