package cachier

import (
	"context"
	"errors"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/circuit"
	"github.com/cachier-go/cachier/internal/clock"
	"github.com/cachier-go/cachier/metrics"
)

// operation is a kind of operation on a backend.
type operation struct {
	name   string // in errors and logs
	metric metrics.BackendOperation
	reads  bool // goes by the circuit for reads
	always bool // asked for by somebody: done also while the circuit is open
}

// hang is how long an operation may take before a caller's deadline that
// ends it counts against the backend. Without that, a store that hangs would
// never be left alone by callers who wait for less than the time-out of
// operations, and all their calls would fail.
const hang = 50 * time.Millisecond

var (
	opGet     = operation{name: "get", metric: metrics.BackendGet, reads: true}
	opSet     = operation{name: "set", metric: metrics.BackendSet}
	opLock    = operation{name: "lock", metric: metrics.BackendLock}
	opDelete  = operation{name: "delete", metric: metrics.BackendDelete, always: true}
	opPut     = operation{name: "set", metric: metrics.BackendSet, always: true}
	opClear   = operation{name: "clear", metric: metrics.BackendClear, always: true}
	opCleanup = operation{name: "cleanup", metric: metrics.BackendList, always: true}
	opSize    = operation{name: "size", metric: metrics.BackendSize, reads: true}
	opUnlock  = operation{name: "unlock", metric: metrics.BackendLock, always: true}
)

func (s *store[V]) delete(ctx context.Context, text string) error {
	_, err := s.do(ctx, opDelete, text, func(ctx context.Context) error {
		return s.backend.Delete(ctx, s.key(text))
	})
	return err
}

// clear removes all entries of the Func, of every version, and its leases.
func (s *store[V]) clear(ctx context.Context) error {
	return s.bulk(ctx, opClear, func(ctx context.Context) error {
		return backend.Clear(ctx, s.backend, s.prefix)
	})
}

// cleanup removes the entries whose every use is over, and counts them.
func (s *store[V]) cleanup(ctx context.Context) (removed int, err error) {
	err = s.bulk(ctx, opCleanup, func(ctx context.Context) (err error) {
		removed, err = backend.Cleanup(ctx, s.backend, s.prefix)
		return err
	})
	return removed, err
}

// release frees all leases of the Func.
func (s *store[V]) release(ctx context.Context) error {
	return s.bulk(ctx, opUnlock, func(ctx context.Context) error {
		_, err := backend.BreakLocks(ctx, s.backend, s.prefix)
		return err
	})
}

// do runs one operation on a key of the backend, within the time-out.
func (s *store[V]) do(ctx context.Context, op operation, text string, run func(context.Context) error) (metrics.Result, error) {
	bounded, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.measured(ctx, bounded, op, s.shown(text), run)
}

// bulk runs an operation on all keys of the Func, which takes as long as it
// takes.
func (s *store[V]) bulk(ctx context.Context, op operation, run func(context.Context) error) error {
	_, err := s.measured(ctx, ctx, op, "", run)
	return err
}

// measured runs an operation, unless the backend is left alone at the moment,
// observed and counted. Its error, if any, is wrapped, and logged where it is
// the backend's fault; shown is what that may say of the key.
func (s *store[V]) measured(caller, ctx context.Context, op operation, shown string,
	run func(context.Context) error,
) (metrics.Result, error) {
	breaker := &s.circuits.write
	if op.reads {
		breaker = &s.circuits.read
	}
	if !op.always && !breaker.Allow() {
		return metrics.ResultError, ErrCircuitOpen
	}
	said := circuit.Neutral // should run panic
	defer func() { breaker.Done(said) }()
	ctx, end := s.observe(ctx, metrics.Op{Kind: metrics.OpBackend, BackendOperation: op.metric})
	result, err, took := metrics.ResultPanic, error(nil), time.Duration(0)
	start := clock.Now()
	func() {
		defer func() {
			took = time.Duration(clock.Now() - start)
			s.recorder.BackendOperation(op.metric, result, took)
			end(result)
		}()
		err = run(ctx)
		result = backendResult(caller, ctx, err)
	}()
	if said = verdict(result, err); result == metrics.ResultCanceled && took >= hang &&
		errors.Is(context.Cause(caller), context.DeadlineExceeded) {
		said = circuit.Failure
	}
	if result == metrics.ResultOK || result == metrics.ResultNotFound {
		return result, err
	}
	err = backend.Wrap(op.name, s.backend, shown, err)
	if said == circuit.Failure {
		s.failing(op.name, err)
	}
	return result, err
}

// backendResult says how an operation on a backend ended.
func backendResult(caller, op context.Context, err error) metrics.Result {
	switch {
	case err == nil:
		return metrics.ResultOK
	case errors.Is(err, backend.ErrNotFound), errors.Is(err, backend.ErrHeld), errors.Is(err, backend.ErrLeaseLost):
		return metrics.ResultNotFound // an entry, or a lease, was not to be had: an answer, not an error
	case caller.Err() != nil:
		return metrics.ResultCanceled
	case op.Err() != nil:
		return metrics.ResultTimeout
	default:
		return metrics.ResultError
	}
}
