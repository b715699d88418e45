package backendtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// steps is how many random operations the model test does.
const steps = 1500

// model is what the store should hold: a map. Leases in it last for longer than
// the test, so that time plays no part.
type model struct {
	*session
	rand    *rand.Rand
	entries map[string]string
	leases  map[string]backend.Lease // who holds the lease on a key
	lost    []backend.Lease          // leases that have ended, the last few
	lostOn  []string                 // their keys
	history []string                 // the last operations
}

var modelChecks = []check{{
	name: "random operations",
	why:  "Whatever is done in whatever order, the store is a map, with at most one lease a key.",
	run: func(s *session) {
		seed := uint64(time.Now().UnixNano())
		if s.h.Bubble {
			seed = rand.Uint64() // time stands still in there
		}
		if v := os.Getenv("CACHIER_TEST_SEED"); v != "" {
			n, err := strconv.ParseUint(v, 10, 64)
			s.must("CACHIER_TEST_SEED", err)
			seed = n
		}
		s.Logf("%d steps, CACHIER_TEST_SEED=%d", steps, seed)
		m := &model{
			session: s, rand: rand.New(rand.NewPCG(seed, 0)),
			entries: map[string]string{}, leases: map[string]backend.Lease{},
		}
		for i := range steps {
			m.step()
			if i%100 == 99 {
				m.compare("")
			}
			if s.Failed() {
				s.Fatalf("after step %d: %s", i, strings.Join(m.history, "; "))
			}
		}
	},
}}

// prefixes overlap, and hold characters that mean something elsewhere.
var prefixes = []string{"a/", "a_", "A/", "a/%", ""}

func (m *model) key() string {
	return prefixes[m.rand.IntN(4)] + strconv.Itoa(m.rand.IntN(4))
}

func (m *model) did(format string, args ...any) {
	m.history = append(m.history, fmt.Sprintf(format, args...))
	m.history = m.history[max(0, len(m.history)-12):]
}

// end takes the lease on a key from whoever holds it.
func (m *model) end(key string) {
	if l, ok := m.leases[key]; ok {
		m.lost, m.lostOn = append(m.lost, l), append(m.lostOn, key)
		if len(m.lost) > 8 {
			m.lost, m.lostOn = m.lost[1:], m.lostOn[1:]
		}
		delete(m.leases, key)
	}
}

// under returns the keys of a map that begin with the prefix, sorted.
func under[V any](all map[string]V, prefix string) []string {
	var keys []string
	for k := range all {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// step does one operation on the store and on the model.
func (m *model) step() {
	b, key := m.either(m.rand.IntN(2)), m.key()
	value := strings.Repeat(strconv.Itoa(m.rand.IntN(1000)), m.rand.IntN(30))
	prefix := prefixes[m.rand.IntN(len(prefixes))]
	switch n := m.rand.IntN(100); {
	case n < 30:
		m.did("get %s", key)
		m.one(b, key)
	case n < 50:
		m.did("set %s %.9q", key, value)
		m.must("Set", b.Set(m.ctx(), key, text(value)))
		m.entries[key] = value
		m.end(key)
	case n < 60:
		m.did("delete %s", key)
		m.must("Delete", b.Delete(m.ctx(), key))
		delete(m.entries, key)
		m.end(key)
	case n < 63:
		m.did("list %s", prefix)
		m.compare(prefix)
	case n < 65:
		m.did("clear %s", prefix)
		m.must("Clear", backend.Clear(m.ctx(), b, prefix))
		for _, k := range under(m.entries, prefix) {
			delete(m.entries, k)
		}
		for _, k := range under(m.leases, prefix) {
			m.end(k)
		}
	case n < 67:
		m.did("cleanup %s", prefix)
		removed, err := backend.Cleanup(m.ctx(), b, prefix)
		m.must("Cleanup", err)
		if removed != 0 {
			m.Errorf("Cleanup counts %d where nothing expires", removed)
		}
	case backend.CanLock(m.b):
		m.leaseStep(b, key, value, prefix)
	}
}

// leaseStep does one operation with leases.
func (m *model) leaseStep(b backend.Backend, key, value, prefix string) {
	l, held := m.leases[key]
	switch n := m.rand.IntN(7); {
	case n < 2 || !held && n < 6:
		m.did("lock %s", key)
		got, err := backend.Lock(m.ctx(), b, key, long)
		switch {
		case held && !errors.Is(err, backend.ErrHeld):
			m.Errorf("Lock of a held lease: %v", err)
		case !held && err != nil:
			m.Errorf("Lock of a free lease: %v", err)
		case !held:
			m.leases[key] = got
		}
	case n < 4 && held:
		m.did("commit %s %.9q", key, value)
		m.must("Commit", l.Commit(m.ctx(), text(value)))
		m.entries[key] = value
		m.end(key)
	case n == 4 && held:
		m.did("release %s", key)
		m.must("Release", l.Release(m.ctx()))
		m.end(key)
	case n == 5 && held:
		m.did("take over %s", key)
		h := m.held(key)
		got, err := backend.TakeOver(m.ctx(), b, key, h, long)
		if h.TakenOver {
			m.want("TakeOver of a lease that was taken over", err, backend.ErrHeld)
			return
		}
		m.must("TakeOver", err)
		m.end(key)
		m.leases[key] = got
	case len(m.lost) > 0 && m.rand.IntN(4) > 0:
		i := m.rand.IntN(len(m.lost))
		m.did("try a lost lease on %s", m.lostOn[i])
		m.session.lost(m.lostOn[i], m.lost[i])
	default:
		m.did("break %s", prefix)
		keys := under(m.leases, prefix)
		broken, err := backend.BreakLocks(m.ctx(), b, prefix)
		m.must("BreakLocks", err)
		if broken != len(keys) {
			m.Errorf("BreakLocks(%q) counts %d, want %d", prefix, broken, len(keys))
		}
		for _, k := range keys {
			m.end(k)
		}
	}
}

// one compares one key.
func (m *model) one(b backend.Backend, key string) {
	want, ok := m.entries[key]
	e, err := b.Get(m.ctx(), key)
	switch {
	case !ok && !errors.Is(err, backend.ErrNotFound):
		m.Errorf("Get(%q) = %.40q, %v, want ErrNotFound", key, e.Value, err)
	case ok && (err != nil || string(e.Value) != want):
		m.Errorf("Get(%q) = %.40q, %v, want %.40q", key, e.Value, err, want)
	}
}

// compare compares all that is stored under the prefix.
func (m *model) compare(prefix string) {
	want := under(m.entries, prefix)
	if got := under(m.keys(prefix), ""); !slices.Equal(got, want) {
		m.Errorf("List(%q) yields %q, want %q", prefix, got, want)
	}
	var bytes int64
	for _, k := range want {
		bytes += int64(len(m.entries[k]))
		m.one(m.other, k)
	}
	m.size(prefix, int64(len(want)), bytes)
}
