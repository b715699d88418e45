package cachier

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/envelope"
	"github.com/cachier-go/cachier/internal/keyform"
	"github.com/cachier-go/cachier/internal/shape"
	"github.com/cachier-go/cachier/metrics"
)

// store keeps the values of one Func on a backend, as bytes.
type store[V any] struct {
	backend  backend.Backend
	codec    Codec
	nilable  bool   // values can be nil
	locks    bool   // the backend has leases
	prefix   string // of all keys of the Func, in every version
	version  string // of those of this version
	timeout  time.Duration
	window   time.Duration // how long after its TTL a value may be of use
	now      func() int64
	recorder *metrics.Recorder
	observe  func(context.Context, metrics.Op) (context.Context, func(metrics.Result))
	failing  func(op string, err error)
	shown    func(text string) string // what may be shown of a key
	circuits *circuits
	giveBack func() // the circuits
	untold   func() // ends the readings
	blocks   blocks
	watch    *watch // nil: the backend does not tell of changes
	census   census
}

// newStore makes the store of an engine. Its circuits are its own until start.
func newStore[K, V any](e *engine[K, V], c *config) (*store[V], error) {
	t := reflect.TypeFor[V]()
	codec := c.codec
	switch {
	case codec != nil:
	case t.Kind() == reflect.String || t == reflect.TypeFor[[]byte]():
		codec = rawCodec{}
	default:
		codec = JSON
	}
	if err := shape.Lossy(t, codec.Name()); err != nil {
		return nil, fmt.Errorf("WithBackend: %w", err)
	}
	namespace := c.namespace
	if namespace == "" {
		namespace = mainModule()
	}
	version := c.version
	if version == "" {
		version = shape.Fingerprint(t, codec.Name())
	}
	s := &store[V]{
		backend: c.backend, codec: codec, nilable: nilable(t), locks: backend.CanLock(c.backend),
		prefix:  keyform.Prefix(namespace, e.name),
		version: keyform.VersionPrefix(namespace, e.name, version),
		timeout: c.operationTimeout, window: e.longest(), now: e.now,
		recorder: e.recorder, observe: e.observe, failing: e.logs.failed, shown: e.logs.shown,
		circuits: new(circuits), giveBack: func() {}, untold: func() {},
	}
	s.census.every, s.census.key = censusEvery(c), keyform.SizeKey(namespace, e.name)
	s.census.name = backend.Identity(c.backend) + " " + s.prefix
	if w, ok := c.backend.(backend.Watcher); ok {
		s.watch = &watch{backend: w, prefix: s.version, failing: s.failing, waiting: map[string][]chan struct{}{}}
	}
	return s, nil
}

// mainModule is the path of the program's main module, or its file's name.
func mainModule() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path != "" {
		return info.Main.Path
	}
	return filepath.Base(os.Args[0])
}

// storeKind is the label backend.
func storeKind(c *config) string {
	if c.backend == nil {
		return "memory"
	}
	return backend.Kind(c.backend)
}

func (s *store[V]) key(text string) string { return keyform.Join(s.version, []byte(text)) }

// get reads the entry of a key. reason is NoReason when there is one, and says
// why not otherwise; err is set beside it when the backend failed.
func (s *store[V]) get(ctx context.Context, text string) (e entry[V], reason metrics.Reason, err error) {
	var stored backend.Entry
	result, err := s.do(ctx, opGet, text, func(ctx context.Context) (err error) {
		stored, err = s.backend.Get(ctx, s.key(text))
		return err
	})
	switch {
	case result == metrics.ResultNotFound:
		return e, metrics.ReasonAbsent, nil
	case errors.Is(err, backend.ErrCorrupt), errors.Is(err, backend.ErrForeign):
		s.corrupt(ctx, text, err)
		return e, metrics.ReasonDecodeError, nil
	case errors.Is(err, ErrCircuitOpen):
		return e, metrics.ReasonCircuitOpen, err
	case err != nil && ctx.Err() != nil:
		return e, metrics.ReasonCanceled, err
	case err != nil:
		return e, metrics.ReasonBackendError, err
	}
	meta, err := envelope.Decode(stored.Meta, stored.Value)
	switch {
	case err != nil:
	case meta.Codec == nilCodec && s.nilable:
	case meta.Codec != s.codec.Name():
		err = fmt.Errorf("cachier: stored with the codec %q, not %q", meta.Codec, s.codec.Name())
	default:
		err = s.decode(stored.Value, &e.value)
	}
	if err != nil {
		s.corrupt(ctx, text, err)
		return e, metrics.ReasonDecodeError, nil
	}
	// The store's times are wall-clock times, perhaps of another host; ages on
	// this one's axis start at 0 at the earliest.
	age := max(time.Since(stored.Created), 0)
	e.created, e.ttl, e.cost = s.now()-int64(age), meta.TTL, stored.Cost
	e.size, e.tier = int64(len(stored.Value)), metrics.TierBackend
	return e, metrics.NoReason, nil
}

// lookupResult is how a get counts as a look-up.
func lookupResult(reason metrics.Reason, err error) metrics.Result {
	switch {
	case reason == metrics.NoReason:
		return metrics.ResultOK
	case reason == metrics.ReasonAbsent:
		return metrics.ResultNotFound
	case reason == metrics.ReasonCanceled:
		return metrics.ResultCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return metrics.ResultTimeout
	default:
		return metrics.ResultError
	}
}

// decode turns bytes into a value; a codec that panics has failed.
func (s *store[V]) decode(data []byte, value *V) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cachier: the codec %s panicked: %v", s.codec.Name(), p)
		}
	}()
	return s.codec.Unmarshal(data, value)
}

func (s *store[V]) encode(value V) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cachier: the codec %s panicked: %v", s.codec.Name(), p)
		}
	}()
	return s.codec.Marshal(value)
}

// corrupt removes an entry of ours that can't be read any more. What is not
// ours, or a newer release's, stays.
func (s *store[V]) corrupt(ctx context.Context, text string, cause error) {
	s.failing("decode", cause)
	for _, others := range []error{backend.ErrForeign, envelope.ErrForeign, envelope.ErrFuture} {
		if errors.Is(cause, others) {
			return
		}
	}
	if s.delete(ctx, text) == nil {
		s.recorder.Remove(metrics.RemovalEvent{
			Tier: metrics.TierBackend, Reason: metrics.RemovalCorrupt, Count: 1, Age: metrics.Unknown,
		})
	}
}

// nilCodec marks a nil value, which not every codec could tell from an empty one.
const nilCodec = "nil"

// set stores an entry, by committing a lease if there is one, and settles its
// size. An error is counted, and logged unless the lease was lost.
func (s *store[V]) set(ctx context.Context, text string, e *entry[V], limit int64, op operation, lease backend.Lease) error {
	name, data := nilCodec, []byte(nil)
	if !s.nilable || !isNil(e.value) {
		var err error
		if data, err = s.encode(e.value); err != nil {
			s.recorder.Reject(metrics.RejectEncodeError, 0)
			s.failing("encode", err)
			return fmt.Errorf("cachier: encode: %w", err)
		}
		name = s.codec.Name()
	}
	if e.size == 0 {
		e.size = int64(len(data))
	}
	if limit > 0 && e.size > limit {
		s.recorder.Reject(metrics.RejectSizeLimit, e.size)
		return fmt.Errorf("cachier: %d bytes: %w", e.size, backend.ErrTooLarge)
	}
	created := time.Now().Add(-time.Duration(s.now() - e.created))
	stored := backend.Entry{
		Value: data, Created: created, Cost: e.cost,
		Meta: envelope.Encode(envelope.Meta{Codec: name, TTL: e.ttl}, data),
	}
	if e.ttl > 0 && e.ttl < math.MaxInt64-s.window {
		stored.Expires = created.Add(e.ttl + s.window + 1) // the last instant of use is not past it
	}
	_, err := s.do(ctx, op, text, func(ctx context.Context) error {
		if lease != nil {
			return lease.Commit(ctx, stored)
		}
		return s.backend.Set(ctx, s.key(text), stored)
	})
	switch {
	case errors.Is(err, backend.ErrTooLarge):
		s.recorder.Reject(metrics.RejectSizeLimit, e.size)
	case errors.Is(err, backend.ErrFull):
		s.recorder.Reject(metrics.RejectBackendFull, e.size)
	case err == nil:
		s.recorder.Stored(e.size)
	}
	return err
}
