package stripe

import "testing"

// The bounds that the tests state.
const (
	Tick     = tick
	Sparsest = sparsest
	MaxSlots = maxSlots
)

// AllowReuse lets a test reuse readings of the clock, as a program does.
func AllowReuse(t *testing.T) {
	was := reuseFrom
	reuseFrom = 0
	t.Cleanup(func() { reuseFrom = was })
}

// Slots is the number of slots that are picked from.
func (s *Set) Slots() int { return len(s.current.Load().slots) }

// All yields every slot.
func (s *Set) All(yield func(*Slot) bool) {
	for _, b := range []*block{s.first, s.current.Load()} {
		for i := range b.slots {
			if !yield(&b.slots[i]) {
				return
			}
		}
		if b == s.current.Load() {
			return
		}
	}
}

// Shared is the number of slots with a reading that may be reused.
func (s *Set) Shared() (n int) {
	for slot := range s.All {
		if slot.Now.Load() != 0 {
			n++
		}
	}
	return n
}

// Armed reports whether the timer is running.
func (s *Set) Armed() bool { return s.armed.Load() }

// Grow moves to the block of the full size.
func (s *Set) Grow() { s.grow() }
