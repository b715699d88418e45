package cachier

import (
	"math"
	"time"

	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/internal/s3fifo"
	"github.com/cachier-go/cachier/internal/stripe"
	"github.com/cachier-go/cachier/metrics"
)

// hot is all that a hit in memory needs, and nothing else. S is the type of key
// that is looked up: K itself where that is possible, else its encoding. It
// does not change once it is published.
//
// A hit is one look-up, one comparison of its age, at most one store of an
// access mark that is usually set already, and, as its last act, one addition
// to a counter on a cache line that other processors rarely touch. It takes no
// lock, allocates nothing, and reads the clock only where it is timed or the
// last reading may not be reused.
type hot[S, K, V any] struct {
	cache *s3fifo.Cache[S, V]
	slots *stripe.Set // nil: nothing is counted and nothing expires

	// fresh is the age up to which a value is served with no further question,
	// slack added; noLimit: at any age. It leaves out the part of the TTL in which a
	// hit starts a refresh, which is decided on the slow path.
	fresh    uint64
	variable bool // values may have a TTL of their own
	now      func() int64
	clone    func(V) V

	text     func(K) string // encodes a key
	keyHash  func(K) uint64
	recorder *metrics.Recorder // nil: no metrics
	price    func(K, V) float64
	reveal   bool
	margin   time.Duration // refresh ahead
}

// slack is by how much the clock that a hit reuses may be behind the one that
// stamped its value. An age below -slack comes from another time axis, such as
// a synctest bubble; as an unsigned number it is beyond any limit, so the slow
// path judges it.
const slack = 10 * time.Millisecond

// noLimit is the limit of a value that is good at any age.
const noLimit = math.MaxUint64

// hit returns the fresh value of a key and counts a hit, or reports that the
// slow path has to look.
func (h *hot[S, K, V]) hit(key *S, arg *K) (value V, ok bool) {
	slots := h.slots
	if slots == nil {
		n := h.cache.Lookup(key)
		if n == nil {
			return value, false
		}
		n.Mark()
		return h.give(n.Value), true
	}
	slot := slots.Pick()
	if slot.Count.Load() >= slot.Next.Load() {
		return h.timedHit(slot, *key, *arg, noLimit)
	}
	n := h.cache.Lookup(key)
	if n == nil {
		return value, false
	}
	if h.fresh != noLimit {
		now := slot.Now.Load()
		if now == 0 {
			now = h.read()
		}
		if uint64(now-n.Created+int64(slack)) > h.limit(n) {
			return value, false
		}
	}
	n.Mark()
	slot.Count.Add(1)
	return h.give(n.Value), true
}

// hitWithin is hit for a call with a maximum age, which is judged exactly.
func (h *hot[S, K, V]) hitWithin(key *S, arg *K, maxAge time.Duration) (value V, ok bool) {
	if maxAge < 0 {
		return value, false
	}
	most := uint64(maxAge) + uint64(slack)
	slots := h.slots
	if slots == nil {
		n := h.cache.Lookup(key)
		if n == nil || uint64(h.read()-n.Created+int64(slack)) > most {
			return value, false
		}
		n.Mark()
		return h.give(n.Value), true
	}
	slot := slots.Pick()
	if slot.Count.Load() >= slot.Next.Load() {
		return h.timedHit(slot, *key, *arg, most)
	}
	n := h.cache.Lookup(key)
	if n == nil || uint64(h.read()-n.Created+int64(slack)) > min(most, h.limit(n)) {
		return value, false
	}
	n.Mark()
	slot.Count.Add(1)
	return h.give(n.Value), true
}

// timedHit is a hit that the slot chose to be timed, of a value within the age
// most, slack added. It stands apart so that what it needs does not weigh on
// the others.
func (h *hot[S, K, V]) timedHit(slot *stripe.Slot, key S, arg K, most uint64) (value V, ok bool) {
	start := clock.Now()
	n := h.cache.Lookup(&key)
	if n == nil {
		return value, false
	}
	now := start
	if h.now != nil {
		now = h.now()
	}
	age := now - n.Created
	if limit := min(most, h.limit(n)); limit != noLimit && uint64(age+int64(slack)) > limit {
		return value, false
	}
	n.Mark()
	value = h.give(n.Value)
	end := clock.Now()
	slot.Count.Add(1)
	if weight := h.slots.Sampled(slot, end); weight > 0 && h.recorder != nil {
		s := metrics.HitSample{
			Weight:   weight,
			Duration: time.Duration(end - start),
			Age:      time.Duration(max(age, 0)),
			Cost:     n.Cost(),
			Size:     n.Size,
			KeyHash:  h.keyHash(arg),
		}
		if h.price != nil {
			s.Price = h.price(arg, n.Value)
		}
		if h.reveal {
			s.Key = func() string { return h.text(arg) }
		}
		h.recorder.SampleHit(s)
	}
	return value, true
}

// limit is the age, slack added, up to which a node is served at once.
func (h *hot[S, K, V]) limit(n *s3fifo.Node[S, V]) uint64 {
	if !h.variable {
		return h.fresh
	}
	ttl := n.TTL()
	if ttl == 0 {
		return h.fresh
	}
	return uint64(max(ttl-h.margin, 0) + slack)
}

func (h *hot[S, K, V]) read() int64 {
	if h.now != nil {
		return h.now()
	}
	return clock.Now()
}

func (h *hot[S, K, V]) give(v V) V {
	if h.clone != nil {
		return h.clone(v)
	}
	return v
}
