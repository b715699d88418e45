package metrics

import (
	"encoding/json"
	"fmt"
	"time"
)

// AppendPacked appends the counters and histograms of s to buf, and nothing
// where all are 0. Counts are exact; sums of times and sizes are kept to the last
// bit if exact is true, else to six digits. What it takes depends on what
// happened: a busy minute of a function is a hundred bytes or two.
//
// Names, times and gauges are not in it. [Adder.Add] reads it with the [Layout]
// of the program that packed it.
func (s Snapshot) AppendPacked(buf []byte, exact bool) []byte {
	if s.data == nil {
		return buf
	}
	as := compact
	if exact {
		as = wide
	}
	return appendDelta(buf, s.data, noCells, as)
}

// Adder adds up packed snapshots, of spans, of instances or of functions, faster
// than [Snapshot.Plus] adds. The zero value is 0. It must not be used by several
// goroutines at once.
type Adder struct{ sum *tally }

// Add adds what [Snapshot.AppendPacked] appended in a program whose layout is l.
// After an error, what was added so far can't be relied on.
func (a *Adder) Add(packed []byte, l Layout) error {
	a.begin()
	if len(packed) == 0 {
		return nil
	}
	return a.sum.addPacked(packed, l.resolve())
}

// AddSnapshot adds the counters and histograms of s.
func (a *Adder) AddSnapshot(s Snapshot) {
	a.begin()
	if s.data != nil {
		a.sum.add(s.data)
	}
}

func (a *Adder) begin() {
	if a.sum == nil {
		a.sum = newTally()
	}
}

// Snapshot returns the sum, with names, times and gauges of like.
func (a *Adder) Snapshot(like Snapshot) Snapshot {
	a.begin()
	like.data = a.sum.cells()
	return like
}

// packedGauges is how gauges are stored. Fields are added, never renamed; -1
// and false mean what they mean in TierGauges.
type packedGauges struct {
	InFlight *int64         `json:"in_flight,omitempty"`
	Waiters  *int64         `json:"waiters,omitempty"`
	Circuits [2]int8        `json:"circuits"` // read, write
	Own      [2]TierGauges  `json:"own"`
	Shared   []packedShared `json:"shared,omitempty"`
}

type packedShared struct {
	Tier    Tier       `json:"tier"`
	Name    string     `json:"name"`
	Counted int64      `json:"counted"` // milliseconds since 1970
	Gauges  TierGauges `json:"gauges"`
}

// PackGauges returns the gauges of s as JSON; nil where it has none.
func (s Snapshot) PackGauges() []byte {
	if s.gauges == nil {
		return nil
	}
	g := packedGauges{Circuits: s.gauges.circuits, Own: s.gauges.own}
	for _, l := range []struct {
		level
		to **int64
	}{{s.gauges.inFlight, &g.InFlight}, {s.gauges.waiters, &g.Waiters}} {
		if l.used {
			*l.to = &l.n
		}
	}
	for _, shared := range s.gauges.shared {
		g.Shared = append(g.Shared, packedShared{shared.tier, shared.name, shared.at.UnixMilli(), shared.g})
	}
	text, err := json.Marshal(g)
	if err != nil {
		panic(err) // numbers and texts alone
	}
	return text
}

// WithGauges returns s with the gauges that PackGauges returned, perhaps on a
// host whose clock was behind this one's by shift. Nil packed means none.
func (s Snapshot) WithGauges(packed []byte, shift time.Duration) (Snapshot, error) {
	if len(packed) == 0 {
		s.gauges = nil
		return s, nil
	}
	g := packedGauges{Circuits: [2]int8{-1, -1}, Own: unknownGauges.Tiers}
	if err := json.Unmarshal(packed, &g); err != nil {
		return s, fmt.Errorf("cachier: malformed gauges: %w", err)
	}
	set := &gaugeSet{circuits: g.Circuits, own: g.Own}
	for _, l := range []struct {
		from *int64
		to   *level
	}{{g.InFlight, &set.inFlight}, {g.Waiters, &set.waiters}} {
		if l.from != nil {
			*l.to = level{*l.from, true}
		}
	}
	for _, p := range g.Shared {
		if int(p.Tier) >= len(set.own) {
			continue // of a newer version
		}
		set.shared = append(set.shared, sharedGauges{p.Tier, p.Name, p.Gauges.Identity, time.UnixMilli(p.Counted).Add(shift), p.Gauges})
	}
	s.gauges = (&gaugeSet{own: unknownGauges.Tiers, circuits: [2]int8{-1, -1}}).plus(set) // in order, whoever wrote it
	return s, nil
}

// MarshalText returns what String does.
func (s Sampling) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText returned.
func (s *Sampling) UnmarshalText(text []byte) error {
	switch t := string(text); t {
	case "auto":
		*s = Sampling{}
	case "mixed":
		*s = Sampling{mode: samplingMixed}
	default:
		var rate float64
		if err := json.Unmarshal(text, &rate); err != nil {
			return fmt.Errorf("cachier: sampling is %q; want auto, mixed or a rate", t)
		}
		parsed, err := SampleRate(rate)
		if err != nil {
			return err
		}
		*s = parsed
	}
	return nil
}
