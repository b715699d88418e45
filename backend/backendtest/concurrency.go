package backendtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// uniform returns an entry of which every part tells its number, so that a
// mixture of two of them shows.
func uniform(n int) backend.Entry {
	return backend.Entry{
		Value: bytes.Repeat([]byte{byte(n)}, 100+n*997), Meta: []byte{byte(n)},
		Created: time.UnixMilli(1_700_000_000_000 + int64(n)), Cost: time.Duration(n) * time.Second,
	}
}

// mixed says what doesn't fit in an entry that uniform made; a store that
// translates times can't keep Created that exactly.
func mixed(e backend.Entry, exact bool) error {
	if len(e.Meta) != 1 {
		return fmt.Errorf("%d bytes of Meta", len(e.Meta))
	}
	want := uniform(int(e.Meta[0]))
	switch {
	case !bytes.Equal(e.Value, want.Value):
		return fmt.Errorf("a value of %d bytes with the Meta of one of %d", len(e.Value), len(want.Value))
	case e.Cost != want.Cost:
		return fmt.Errorf("a cost of %v with the Meta of one of %v", e.Cost, want.Cost)
	case exact && !e.Created.Equal(want.Created):
		return fmt.Errorf("created %v with the Meta of %v", e.Created, want.Created)
	}
	return nil
}

// together runs f n times at once.
func (s *session) together(n int, f func(i int)) {
	s.Helper()
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// either is the one or the other backend over the store.
func (s *session) either(i int) backend.Backend {
	if i%2 == 0 {
		return s.b
	}
	return s.other
}

var concurrencyChecks = []check{
	{
		name: "no mixtures",
		why:  "While entries replace each other, a reader sees a whole one, never a part of one and a part of another.",
		run: func(s *session) {
			s.must("Set", s.b.Set(s.ctx(), "k", uniform(0)))
			var done atomic.Bool
			var readers sync.WaitGroup
			for r := range 3 {
				readers.Go(func() {
					for i := 0; !done.Load(); i++ {
						e, err := s.either(r).Get(s.ctx(), "k")
						if err == nil {
							err = mixed(e, s.h.ClockError == 0)
						}
						if err != nil {
							s.Errorf("reader %d, read %d: %v", r, i, err)
							return
						}
					}
				})
			}
			s.together(4, func(w int) {
				for i := range 40 {
					if err := s.either(w).Set(s.ctx(), "k", uniform((w*40+i)%101)); err != nil {
						s.Errorf("Set: %v", err)
					}
				}
			})
			done.Store(true)
			readers.Wait()
		},
	},
	{
		name: "read what was written",
		why:  "When Set returns, a Get that starts afterwards sees the entry; when Delete returns, it doesn't: also while others write other keys.",
		run: func(s *session) {
			s.together(8, func(w int) {
				mine, its := s.either(w), s.either(w+1)
				for i := range 25 {
					key := fmt.Sprintf("k/%d/%d", w, i%3)
					e := uniform((w*25 + i) % 101)
					if err := mine.Set(s.ctx(), key, e); err != nil {
						s.Errorf("Set: %v", err)
						return
					}
					got, err := its.Get(s.ctx(), key)
					if err != nil || !bytes.Equal(got.Value, e.Value) {
						s.Errorf("after Set, Get returned %d bytes and %v, want %d bytes", len(got.Value), err, len(e.Value))
					}
					if i%3 != 0 {
						continue
					}
					if err := mine.Delete(s.ctx(), key); err != nil {
						s.Errorf("Delete: %v", err)
					}
					if _, err := its.Get(s.ctx(), key); !errors.Is(err, backend.ErrNotFound) {
						s.Errorf("after Delete, Get returned %v", err)
					}
				}
			})
		},
	},
	{
		name: "coming and going",
		why:  "While an entry comes and goes, a reader sees it whole or not at all.",
		run: func(s *session) {
			s.together(6, func(w int) {
				b := s.either(w / 2)
				for i := range 40 {
					var err error
					switch w % 3 {
					case 0:
						err = b.Set(s.ctx(), "k", uniform(i))
					case 1:
						err = b.Delete(s.ctx(), "k")
					default:
						var e backend.Entry
						if e, err = b.Get(s.ctx(), "k"); err == nil {
							err = mixed(e, s.h.ClockError == 0)
						} else if errors.Is(err, backend.ErrNotFound) {
							err = nil
						}
					}
					if err != nil {
						s.Errorf("worker %d: %v", w, err)
					}
				}
			})
		},
	},
	{
		name: "listing meanwhile",
		why:  "What is there during the whole listing must be yielded, whatever comes and goes meanwhile.",
		run: func(s *session) {
			const steady = 60
			for i := range steady {
				s.set(fmt.Sprintf("steady/%d", i), "v")
			}
			var done atomic.Bool
			var churn sync.WaitGroup
			churn.Go(func() {
				for i := 0; !done.Load(); i++ {
					key := fmt.Sprintf("churn/%d", i%50)
					if err := errors.Join(s.other.Set(s.ctx(), key, text("v")), s.other.Delete(s.ctx(), key)); err != nil {
						s.Errorf("while listing: %v", err)
						return
					}
				}
			})
			for range 5 {
				seen := map[string]bool{}
				for info, err := range s.b.List(s.ctx(), "") {
					if err != nil {
						s.Errorf("List: %v", err)
						break
					}
					seen[info.Key] = true
				}
				for i := range steady {
					if key := fmt.Sprintf("steady/%d", i); !seen[key] {
						s.Errorf("List left out %q, which was there all the time", key)
					}
				}
			}
			done.Store(true)
			churn.Wait()
		},
	},
	{
		name: "a crowd of readers",
		why:  "However many Get at once, each gets what is under its key, or learns that there is nothing, in slices of its own; and what ends for one of them doesn't for the others.",
		run: func(s *session) {
			const keys, readers = 12, 60
			for i := range keys / 2 {
				s.must("Set", s.b.Set(s.ctx(), fmt.Sprintf("k/%d", i), uniform(i)))
			}
			s.together(readers, func(r int) {
				b := s.either(r)
				for i := range 10 {
					n := (r + i*5) % keys
					ctx, cancel := context.WithCancel(s.ctx())
					impatient := (r+i)%4 == 0
					if impatient {
						go cancel() // at any moment of the read
					}
					e, err := b.Get(ctx, fmt.Sprintf("k/%d", n))
					cancel()
					switch {
					case impatient && errors.Is(err, context.Canceled):
					case n >= keys/2 && errors.Is(err, backend.ErrNotFound):
					case n >= keys/2 || err != nil:
						s.Errorf("reader %d of key %d: %d bytes, %v", r, n, len(e.Value), err)
					default:
						if err := mixed(e, s.h.ClockError == 0); err != nil || e.Meta[0] != byte(n) {
							s.Errorf("reader %d of key %d: an entry with the Meta %v: %v", r, n, e.Meta, err)
						}
						clear(e.Value) // its own
						clear(e.Meta)
					}
				}
			})
		},
	},
}
