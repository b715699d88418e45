package backendtest

import (
	"bytes"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// spoil overwrites a slice, as its owner may at any time.
func spoil(b []byte) {
	for i := range b {
		b[i] = '#'
	}
}

var aliasingChecks = []check{
	{
		name: "after set",
		why:  "Set must not keep the slices of the entry: they are the caller's, who reuses them.",
		run: func(s *session) {
			value, meta := []byte("value"), []byte("meta")
			s.must("Set", s.b.Set(s.ctx(), "k", backend.Entry{Value: value, Meta: meta}))
			spoil(value)
			spoil(meta)
			s.intact("k")
		},
	},
	{
		name: "after commit", locks: true,
		why: "Commit must not keep the slices of the entry: they are the caller's, who reuses them.",
		run: func(s *session) {
			value, meta := []byte("value"), []byte("meta")
			s.must("Commit", s.lock("k", long).Commit(s.ctx(), backend.Entry{Value: value, Meta: meta}))
			spoil(value)
			spoil(meta)
			s.intact("k")
		},
	},
	{
		name: "while set",
		why:  "Set must not alter the slices of the entry, not even behind their ends, where something else of the caller may stand.",
		run: func(s *session) {
			whole := []byte("value|meta|more of the caller's")
			want := bytes.Clone(whole)
			e := backend.Entry{Value: whole[:5], Meta: whole[6:10], Created: time.Now()}
			s.must("Set", s.b.Set(s.ctx(), "k", e))
			if backend.CanLock(s.b) {
				s.must("Commit", s.lock("k", long).Commit(s.ctx(), e))
			}
			if !bytes.Equal(whole, want) {
				s.Errorf("the caller's bytes became %q", whole)
			}
			s.intact("k")
		},
	},
	{
		name: "after get",
		why:  "The caller owns what Get returns: to write to it changes neither the store nor what others were given.",
		run: func(s *session) {
			s.must("Set", s.b.Set(s.ctx(), "k", backend.Entry{Value: []byte("value"), Meta: []byte("meta")}))
			mine, err := s.b.Get(s.ctx(), "k")
			s.must("Get", err)
			yours, err := s.b.Get(s.ctx(), "k")
			s.must("Get", err)
			many, err := backend.GetMany(s.ctx(), s.b, []string{"k"})
			s.must("GetMany", err)
			spoil(mine.Value)
			spoil(mine.Meta)
			spoil(many["k"].Value)
			spoil(many["k"].Meta)
			if string(yours.Value) != "value" || string(yours.Meta) != "meta" {
				s.Errorf("another caller's entry became %q, %q", yours.Value, yours.Meta)
			}
			s.intact("k")
		},
	},
	{
		name: "appending",
		why:  "The caller owns what Get returns, and may append to it: Value must not run into Meta, nor Meta into Value.",
		run: func(s *session) {
			s.must("Set", s.b.Set(s.ctx(), "k", backend.Entry{Value: []byte("value"), Meta: []byte("meta")}))
			e, err := s.b.Get(s.ctx(), "k")
			s.must("Get", err)
			_ = append(e.Value, "#####"...)
			if string(e.Meta) != "meta" {
				s.Errorf("appending to Value made Meta %q", e.Meta)
			}
			_ = append(e.Meta, "#####"...)
			if string(e.Value) != "value" {
				s.Errorf("appending to Meta made Value %q", e.Value)
			}
			s.intact("k")
		},
	},
}

// intact fails the case unless the entry is as these cases stored it.
func (s *session) intact(key string) {
	s.Helper()
	e, err := s.b.Get(s.ctx(), key)
	s.must("Get", err)
	if string(e.Value) != "value" || string(e.Meta) != "meta" {
		s.Errorf("the stored entry became %q, %q", e.Value, e.Meta)
	}
}
