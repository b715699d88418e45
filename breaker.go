package cachier

import (
	"errors"
	"reflect"
	"sync"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/circuit"
	"github.com/cachier-go/cachier/metrics"
)

// ErrCircuitOpen is returned by a strict call while the backend is left alone,
// because it has failed several times in a row.
var ErrCircuitOpen = errors.New("cachier: the backend is not asked, because it failed too often")

// circuits are the breakers of one backend, shared by all Funcs that use it.
type circuits struct {
	read, write circuit.Breaker
	users       int // Funcs that are not closed; protected by breakers.mu
}

// gauges returns 1 for each circuit that is open, else 0: for reads, for writes.
func (c *circuits) gauges() (read, write int8) {
	if c.read.Open() {
		read = 1
	}
	if c.write.Open() {
		write = 1
	}
	return read, write
}

// breakers holds the circuits of every backend in use. Those of a backend go
// with the last Func that uses it.
var breakers struct {
	mu        sync.Mutex
	byBackend map[backend.Backend]*circuits
}

// circuitsOf returns the circuits of a backend, and what gives them back. A
// backend whose values can't be compared has its own for each Func.
func circuitsOf(b backend.Backend) (c *circuits, giveBack func()) {
	if !reflect.ValueOf(b).Comparable() {
		return new(circuits), func() {}
	}
	breakers.mu.Lock()
	defer breakers.mu.Unlock()
	c = breakers.byBackend[b]
	if c == nil {
		if breakers.byBackend == nil {
			breakers.byBackend = map[backend.Backend]*circuits{}
		}
		c = new(circuits)
		breakers.byBackend[b] = c
	}
	c.users++
	return c, sync.OnceFunc(func() {
		breakers.mu.Lock()
		defer breakers.mu.Unlock()
		if c.users--; c.users == 0 {
			delete(breakers.byBackend, b)
		}
	})
}

// verdict is what the end of an operation says of the backend. That something
// is not there, damaged, too large or held by another, or that the caller went
// away, says nothing against it.
func verdict(result metrics.Result, err error) circuit.Outcome {
	switch {
	case result == metrics.ResultOK, result == metrics.ResultNotFound,
		errors.Is(err, backend.ErrTooLarge), errors.Is(err, backend.ErrHeld), errors.Is(err, backend.ErrLeaseLost),
		errors.Is(err, backend.ErrCorrupt), errors.Is(err, backend.ErrForeign):
		return circuit.Success
	case result == metrics.ResultCanceled, errors.Is(err, errors.ErrUnsupported):
		return circuit.Neutral
	default:
		return circuit.Failure
	}
}
