package backendtest

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cachier-go/cachier/backend"
)

var entryChecks = []check{
	{
		name: "absent",
		why:  "What was never stored is ErrNotFound, which is no failure, and deleting it is no error.",
		run: func(s *session) {
			s.absent("k")
			s.delete("k")
			s.absent("k")
		},
	},
	{
		name: "round trip",
		why:  "Value and Meta come back byte for byte, the times to the millisecond with Expires rounded up, Cost to the microsecond.",
		run: func(s *session) {
			now := time.Now()
			s.roundTrip(backend.Entry{
				Value: []byte("value"), Meta: []byte("meta"), Cost: 1234567 * time.Microsecond,
				Created: now.Add(-90 * time.Minute), Expires: now.Add(25 * time.Hour),
			})
		},
	},
	{
		name: "odd times",
		why:  "A cache may be as old, and an entry may last, as long as a program's owner likes; a cost may be nothing or days.",
		run: func(s *session) {
			now := time.Now()
			for _, e := range []backend.Entry{
				{Created: now.AddDate(-20, 0, 0), Expires: now.AddDate(50, 0, 0), Cost: 90 * 24 * time.Hour},
				{Created: now.Add(time.Minute), Expires: now.Add(time.Hour), Cost: time.Microsecond},
				{Created: now, Expires: now.Add(time.Hour + 999*time.Microsecond + 999)},
				{Created: now.In(time.FixedZone("far", 14*3600)), Expires: now.Add(time.Hour).In(time.FixedZone("west", -11*3600))},
			} {
				s.roundTrip(e)
			}
		},
	},
	{
		name: "empty",
		why:  "The zero Entry is an empty value that never expires; an empty value isn't an absent one.",
		run: func(s *session) {
			for _, e := range []backend.Entry{{}, {Value: []byte{}, Meta: []byte{}}, {Meta: []byte("m")}, {Value: []byte("v")}} {
				s.must("Set", s.b.Set(s.ctx(), "k", e))
				got, err := s.other.Get(s.ctx(), "k")
				s.must("Get of an empty value", err)
				if string(got.Value) != string(e.Value) || string(got.Meta) != string(e.Meta) || !got.Expires.IsZero() {
					s.Errorf("got %+v, want %+v", got, e)
				}
			}
		},
	},
	{
		name: "binary",
		why:  "Values and Meta are any bytes: zeros, invalid UTF-8, line ends and quotes come back as they were.",
		run: func(s *session) {
			all := make([]byte, 256)
			for i := range all {
				all[i] = byte(i)
			}
			for _, v := range [][]byte{all, {0}, {0, 0, 0}, []byte("\r\n\n\r"), []byte("'\"`\\%s$1?"), {0xff, 0xfe, 0x00}, bytes.Repeat([]byte{0}, 5000)} {
				s.roundTrip(backend.Entry{Value: v, Meta: v[:min(len(v), 100)], Created: time.Now()})
			}
		},
	},
	{
		name: "large",
		why:  "Results can be large; a store that has a bound says ErrTooLarge and doesn't cut.",
		run: func(s *session) {
			size := s.h.Large
			if size == 0 {
				size = 8 << 20
			}
			random := rand.NewChaCha8([32]byte{1})
			for _, n := range []int{4095, 4096, 4097, 65537, size} {
				v := make([]byte, n)
				_, _ = random.Read(v)
				s.roundTrip(backend.Entry{Value: v, Created: time.Now()})
			}
		},
	},
	{
		name: "too large",
		why:  "What can never be stored is ErrTooLarge, so that it isn't tried again; the old entry stands as it was, or is gone.",
		run: func(s *session) {
			if s.h.TooLarge == 0 {
				s.Log("LEFT OUT: Harness.TooLarge is not set")
				return
			}
			s.set("k", "old")
			s.want("Set", s.b.Set(s.ctx(), "k", backend.Entry{Value: make([]byte, s.h.TooLarge)}), backend.ErrTooLarge)
			if e, err := s.b.Get(s.ctx(), "k"); err == nil && string(e.Value) != "old" {
				s.Errorf("after ErrTooLarge there is %.60q", e.Value)
			} else if err != nil {
				s.want("Get", err, backend.ErrNotFound)
			}
		},
	},
	{
		name: "replace",
		why:  "Set puts the new entry in place of the whole old one: nothing of the old one is left, neither a tail, nor Meta, nor times.",
		run: func(s *session) {
			now := time.Now()
			s.roundTrip(backend.Entry{
				Value: []byte(strings.Repeat("long", 1000)), Meta: []byte("meta"),
				Created: now, Expires: now.Add(time.Hour), Cost: time.Second,
			})
			s.roundTrip(backend.Entry{Value: []byte("short"), Created: now})
			s.roundTrip(backend.Entry{Value: []byte(strings.Repeat("longer", 5000)), Meta: []byte("more meta"), Created: now, Expires: now.Add(time.Minute)})
		},
	},
	{
		name: "delete",
		why:  "What was deleted is gone for all who look afterwards, can be stored again, and nothing else goes with it.",
		run: func(s *session) {
			s.set("k", "one")
			s.set("kk", "other")
			s.delete("k")
			s.absent("k")
			s.holds("kk", "other")
			s.delete("k")
			s.set("k", "two")
			s.holds("k", "two")
		},
	},
	{
		name: "get many",
		why:  "GetMany gives what Get gives for each key, leaves out what is absent, and takes repeated keys.",
		run: func(s *session) {
			now := time.Now()
			e := backend.Entry{Value: []byte("v1"), Meta: []byte("m1"), Created: now, Expires: now.Add(time.Hour), Cost: time.Second}
			s.must("Set", s.b.Set(s.ctx(), "k1", e))
			s.set("k2", "v2")
			got, err := backend.GetMany(s.ctx(), s.other, []string{"k1", "absent", "k2", "k1"})
			s.must("GetMany", err)
			if len(got) != 2 || string(got["k2"].Value) != "v2" {
				s.Errorf("got %v", got)
			}
			s.same(got["k1"], e)
			none, err := backend.GetMany(s.ctx(), s.b, nil)
			s.must("GetMany of no keys", err)
			if len(none) != 0 {
				s.Errorf("GetMany of no keys returned %v", none)
			}
		},
	},
	{
		name: "error texts",
		why:  "Keys and values can hold personal data: they must not be in errors.",
		run: func(s *session) {
			s.lockIfPossible("a-very-personal-key")
			_, err := s.b.Get(s.ctx(), "a-very-personal-key")
			_, held := backend.Lock(s.ctx(), s.b, "a-very-personal-key", long)
			for _, err := range []error{err, held} {
				if err != nil && strings.Contains(err.Error(), "personal") {
					s.Errorf("the key is in the error %q", err)
				}
			}
		},
	},
}

// lockIfPossible takes a lease where there are leases.
func (s *session) lockIfPossible(key string) {
	s.Helper()
	if _, err := backend.Lock(s.ctx(), s.b, key, long); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		s.Fatalf("Lock: %v", err)
	}
}

// roundTrip stores e and looks at what comes back.
func (s *session) roundTrip(e backend.Entry) {
	s.Helper()
	s.must("Set", s.b.Set(s.ctx(), "k", e))
	for _, b := range []backend.Backend{s.b, s.other} {
		got, err := b.Get(s.ctx(), "k")
		s.must("Get", err)
		s.same(got, e)
	}
}

// same compares an entry that came back with the one stored.
func (s *session) same(got, want backend.Entry) {
	s.Helper()
	if !bytes.Equal(got.Value, want.Value) {
		s.Errorf("the value came back as %d bytes %.40q, want %d bytes %.40q", len(got.Value), got.Value, len(want.Value), want.Value)
	}
	if !bytes.Equal(got.Meta, want.Meta) {
		s.Errorf("Meta came back as %.40q, want %.40q", got.Meta, want.Meta)
	}
	slack := s.h.ClockError + time.Millisecond
	if d := got.Created.Sub(want.Created); d.Abs() > slack {
		s.Errorf("Created came back as %v, want %v", got.Created, want.Created)
	}
	if got.Expires.IsZero() != want.Expires.IsZero() {
		s.Errorf("Expires came back as %v, want %v", got.Expires, want.Expires)
	} else if d := got.Expires.Sub(want.Expires); d < -s.h.ClockError || d > slack {
		s.Errorf("Expires came back %v later than it was, want 0 to %v", d, slack)
	}
	if d := got.Cost - want.Cost; d.Abs() >= time.Microsecond {
		s.Errorf("Cost came back as %v, want %v", got.Cost, want.Cost)
	}
}
