package cachier

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/metrics"
)

// An Option configures a [Func]. What an option refuses is reported by [New].
type Option interface{ apply(*config) error }

type option struct {
	name string
	set  func(*config) error
}

func (o option) apply(c *config) error {
	if err := o.set(c); err != nil {
		return fmt.Errorf("%s: %w", o.name, err)
	}
	return nil
}

// config is what the options of a Func, and those of SetDefaults, amount to.
// The zero value is the default of everything.
type config struct {
	ttl          time.Duration // 0: values never expire
	ttlFunc      any           // func(K, V) time.Duration
	ttlJitter    float64       // share of the TTL; negative: not given
	hasJitter    bool
	staleServe   time.Duration
	staleError   time.Duration
	refreshAhead time.Duration
	errorTTL     time.Duration
	exactClock   bool
	now          func() int64 // nil: internal/clock

	maxEntries     int
	maxWeight      int64
	sizer          any // func(K, V) int64
	entrySizeLimit int64
	refuseNil      bool
	cleanup        time.Duration

	waitTimeout      time.Duration
	computeTimeout   time.Duration
	operationTimeout time.Duration
	maxComputes      int
	strict           bool
	lease            time.Duration

	key   any // func(K) string
	clone any // func(V) V
	equal any // func(a, b V) bool
	cost  any // func(K, V) float64

	backend   backend.Backend
	local     bool
	localTTL  time.Duration
	localMax  int
	codec     Codec
	namespace string
	version   string

	withoutMetrics bool
	sampling       metrics.Sampling
	registry       *metrics.Registry
	labels         map[string]string
	revealKeys     bool
	logger         *slog.Logger
	observer       metrics.Observer
}

// positive makes an option of a duration that has to be above zero.
func positive(name string, d time.Duration, set func(*config)) Option {
	return option{name, func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("%v is not a positive duration", d)
		}
		set(c)
		return nil
	}}
}

// typed makes an option of a hook whose type names K or V; New checks it.
func typed(name string, isNil bool, set func(*config)) Option {
	return option{name, func(c *config) error {
		if isNil {
			return errNilHook
		}
		set(c)
		return nil
	}}
}

// always makes an option that refuses nothing.
func always(name string, set func(*config)) Option {
	return option{name, func(c *config) error {
		set(c)
		return nil
	}}
}

// WithTTL sets how long a value is fresh, measured from the end of the
// computation that made it. Without it values never expire.
//
// The age of a value in memory is judged by a clock that may lag behind by a
// millisecond where calls come fast, and by more only while the program is
// starved of processor time; see [WithExactClock]. A TTL under a second is
// always judged exactly.
func WithTTL(ttl time.Duration) Option {
	return positive("WithTTL", ttl, func(c *config) { c.ttl = ttl })
}

// WithTTLFunc lets ttl choose the time to live of each value when it is
// stored: 0 means the one of [WithTTL], a negative one that the value is not
// stored. The types must be those of the Func. Every hit reads the clock.
func WithTTLFunc[K, V any](ttl func(K, V) time.Duration) Option {
	return typed("WithTTLFunc", ttl == nil, func(c *config) { c.ttlFunc = ttl })
}

// WithTTLJitter shortens each value's TTL by a random share of up to fraction,
// so that values that were computed together do not expire together. The
// default is 0.1 where a Func has a [WithBackend], 0 in memory alone.
func WithTTLJitter(fraction float64) Option {
	return option{"WithTTLJitter", func(c *config) error {
		if !(fraction >= 0 && fraction < 1) {
			return fmt.Errorf("%v is not in [0, 1)", fraction)
		}
		c.ttlJitter, c.hasJitter = fraction, true
		return nil
	}}
}

// WithStaleWhileRevalidate serves a value for so long after its TTL has ended,
// at once, while one background computation renews it. The default is not to.
func WithStaleWhileRevalidate(window time.Duration) Option {
	return positive("WithStaleWhileRevalidate", window, func(c *config) { c.staleServe = window })
}

// WithStaleIfError serves a value for so long after its TTL has ended when
// computing a new one fails. The default is to return the error.
func WithStaleIfError(window time.Duration) Option {
	return positive("WithStaleIfError", window, func(c *config) { c.staleError = window })
}

// WithRefreshAhead renews a value in the background when it is asked for in
// the last part, of the given length, of its TTL. The default is not to.
func WithRefreshAhead(window time.Duration) Option {
	return positive("WithRefreshAhead", window, func(c *config) { c.refreshAhead = window })
}

// WithErrorTTL also remembers errors, for so long and in this process only. A
// call that is answered with one is a hit, counted as an error beside. The
// default is to remember none.
func WithErrorTTL(ttl time.Duration) Option {
	return positive("WithErrorTTL", ttl, func(c *config) { c.errorTTL = ttl })
}

// WithExactClock reads the clock on every call, which makes a hit two to three
// times as dear. Without it, calls that come at tens in a millisecond on one
// processor reuse a reading for at most a millisecond and 511 calls; only a
// program that was stopped, or whose timers did not get to run, can find it
// older.
func WithExactClock() Option {
	return always("WithExactClock", func(c *config) { c.exactClock = true })
}

// WithMaxEntries bounds the values kept in memory by their number. The default
// is [DefaultMaxEntries], unless [WithMaxWeight] is given. For the tier in
// front of a backend see [WithLocal].
func WithMaxEntries(n int) Option {
	return option{"WithMaxEntries", func(c *config) error {
		if n <= 0 || n > math.MaxInt32 {
			return fmt.Errorf("%d is not in 1 to %d", n, math.MaxInt32)
		}
		c.maxEntries = n
		return nil
	}}
}

// WithMaxWeight bounds the values kept in memory by the sum of their weights:
// those of [WithSizer], else their estimated bytes. A value heavier than the
// whole bound is returned and not stored.
func WithMaxWeight(weight int64) Option {
	return option{"WithMaxWeight", func(c *config) error {
		if weight <= 0 {
			return fmt.Errorf("%d is not positive", weight)
		}
		c.maxWeight = weight
		return nil
	}}
}

// WithSizer gives the size of an entry, in bytes unless [WithMaxWeight] counts
// something else, where an entry counts as 1 at the least. It is called once for
// every value that is stored. The default is a bounded estimate by reflection.
// The types must be those of the Func.
func WithSizer[K, V any](size func(K, V) int64) Option {
	return typed("WithSizer", size == nil, func(c *config) { c.sizer = size })
}

// WithEntrySizeLimit refuses to store values larger than so many bytes: they
// are returned, and counted as rejections with their size. The size is that of
// [WithSizer], of the encoded value on a backend, or else an estimate.
func WithEntrySizeLimit(bytes int64) Option {
	return option{"WithEntrySizeLimit", func(c *config) error {
		if bytes <= 0 {
			return fmt.Errorf("%d is not positive", bytes)
		}
		c.entrySizeLimit = bytes
		return nil
	}}
}

// WithoutNil refuses to store nil results: pointers, slices, maps, interfaces,
// functions and channels that are nil. The default stores them, because a nil
// slice is Go's normal way to say "none".
func WithoutNil() Option {
	return always("WithoutNil", func(c *config) { c.refuseNil = true })
}

// WithCleanup removes entries that are past every use, at this interval, until
// the Func is closed. The default leaves them to eviction and to [Func.Cleanup].
func WithCleanup(interval time.Duration) Option {
	return positive("WithCleanup", interval, func(c *config) { c.cleanup = interval })
}

// WithWaitTimeout bounds how long a caller waits for another's computation.
// The first to reach it computes itself, the others join that second
// computation; there is never a third. The bound varies by up to a tenth at
// random, so that waiters do not move in step. The default is to wait.
func WithWaitTimeout(d time.Duration) Option {
	return positive("WithWaitTimeout", d, func(c *config) { c.waitTimeout = d })
}

// WithComputeTimeout sets a deadline on the context that computations get. The
// default is none: the deadline of a caller ends only that caller's waiting.
func WithComputeTimeout(d time.Duration) Option {
	return positive("WithComputeTimeout", d, func(c *config) { c.computeTimeout = d })
}

// WithLease sets how long a process that computes a value for others keeps them
// waiting if it dies; while it lives, it renews its claim. The default is
// [DefaultLease]. It matters on backends with leases only; see
// [backend.Locker].
func WithLease(d time.Duration) Option {
	return positive("WithLease", d, func(c *config) { c.lease = d })
}

// WithOperationTimeout bounds each operation on the backend. The default is
// [DefaultOperationTimeout].
func WithOperationTimeout(d time.Duration) Option {
	return positive("WithOperationTimeout", d, func(c *config) { c.operationTimeout = d })
}

// WithMaxComputes bounds the computations under way in this process; further
// ones wait for their turn. One that calls the Func again lends that call its
// turn. The default is no bound.
func WithMaxComputes(n int) Option {
	return option{"WithMaxComputes", func(c *config) error {
		if n <= 0 {
			return fmt.Errorf("%d is not positive", n)
		}
		c.maxComputes = n
		return nil
	}}
}

// WithStrict makes a call return an error, without computing, when the backend
// cannot be read. The default is to compute.
func WithStrict() Option {
	return always("WithStrict", func(c *config) { c.strict = true })
}

// WithKey makes the key of an argument. Arguments with equal keys are the same
// call. It is needed where K has no natural key; K must be that of the Func.
func WithKey[K any](key func(K) string) Option {
	return typed("WithKey", key == nil, func(c *config) { c.key = key })
}

// WithClone copies each value before a caller gets it, for callers who write
// into what they get. The default shares one value between all callers, who
// must only read it. V must be that of the Func.
func WithClone[V any](clone func(V) V) Option {
	return typed("WithClone", clone == nil, func(c *config) { c.clone = clone })
}

// WithEqual tells whether a recomputed value equals the one it replaces, for
// the share of computations that changed nothing. By default plain data is
// compared, and anything else counts as unknown. V must be that of the Func.
func WithEqual[V any](equal func(a, b V) bool) Option {
	return typed("WithEqual", equal == nil, func(c *config) { c.equal = equal })
}

// WithCost gives the price of computing a value, in any unit of account. It is
// added up over computations, and over hits as what they saved. The types must
// be those of the Func.
func WithCost[K, V any](price func(K, V) float64) Option {
	return typed("WithCost", price == nil, func(c *config) { c.cost = price })
}

// WithBackend keeps the values in a store, as bytes, instead of in memory. The
// store stays its maker's: [Func.Close] does not close it.
func WithBackend(b backend.Backend) Option {
	return option{"WithBackend", func(c *config) error {
		if b == nil {
			return errNilHook
		}
		c.backend = b
		return nil
	}}
}

// WithLocal keeps up to entries values in memory in front of the backend, each
// for at most ttl, which also bounds how long this process may serve what
// another one has changed.
func WithLocal(entries int, ttl time.Duration) Option {
	return option{"WithLocal", func(c *config) error {
		if entries <= 0 || ttl <= 0 {
			return fmt.Errorf("%d entries for %v: both must be positive", entries, ttl)
		}
		c.local, c.localMax, c.localTTL = true, entries, ttl
		return nil
	}}
}

// WithCodec sets how values become bytes on a backend. The default is [JSON],
// but []byte and string are stored as they are.
func WithCodec(codec Codec) Option {
	return option{"WithCodec", func(c *config) error {
		if codec == nil {
			return errNilHook
		}
		c.codec = codec
		return nil
	}}
}

// WithNamespace separates programs that share a store. The default is the path
// of the program's main module.
func WithNamespace(namespace string) Option {
	return option{"WithNamespace", func(c *config) error {
		if namespace == "" {
			return errEmpty
		}
		c.namespace = namespace
		return nil
	}}
}

// WithVersion names the version of the values on a backend; entries of another
// version are not seen. The default is a fingerprint of V's shape.
func WithVersion(version string) Option {
	return option{"WithVersion", func(c *config) error {
		if version == "" {
			return errEmpty
		}
		c.version = version
		return nil
	}}
}

// WithSampling sets the share of memory hits that are timed, 0 to 1. By default
// every hit is timed while they come slowly, and down to 1 in 256 when they
// come fast. Outcomes are exact at any rate; at 0 hits read no clock for their
// metrics and have no latencies.
func WithSampling(rate float64) Option {
	return option{"WithSampling", func(c *config) (err error) {
		if c.sampling, err = metrics.SampleRate(rate); err != nil {
			return fmt.Errorf("%v is not between 0 and 1", rate)
		}
		return nil
	}}
}

// WithoutMetrics turns the metrics of the Func off.
func WithoutMetrics() Option {
	return always("WithoutMetrics", func(c *config) { c.withoutMetrics = true })
}

// WithRegistry registers the Func there. The default is [metrics.Default].
func WithRegistry(r *metrics.Registry) Option {
	return option{"WithRegistry", func(c *config) error {
		if r == nil {
			return errNilHook
		}
		c.registry = r
		return nil
	}}
}

// WithLabels adds static labels to the metrics of the Func, which tell apart
// Funcs of the same name. The map is copied. A label needs a name, and not one
// that a metric has already, such as cache or outcome.
func WithLabels(labels map[string]string) Option {
	labels = maps.Clone(labels)
	return option{"WithLabels", func(c *config) error {
		for name := range labels {
			switch {
			case name == "":
				return errors.New("a label has no name")
			case taken(name):
				return fmt.Errorf("the metrics have a label %q already", name)
			}
		}
		c.labels = labels
		return nil
	}}
}

// taken reports whether a label's name is one of the metrics' own.
func taken(name string) bool {
	if name == "cache" || name == "backend" {
		return true
	}
	return slices.ContainsFunc(metrics.Catalog(), func(m metrics.Metric) bool {
		return slices.ContainsFunc(m.Labels, func(l metrics.LabelDef) bool { return l.Name == name })
	})
}

// WithKeysRevealed shows keys in errors, logs and lists of hot keys. The
// default is a short hash, because keys can be personal data.
func WithKeysRevealed() Option {
	return always("WithKeysRevealed", func(c *config) { c.revealKeys = true })
}

// WithLogger sets where failures that no caller sees are logged. The default is
// [slog.Default].
func WithLogger(l *slog.Logger) Option {
	return option{"WithLogger", func(c *config) error {
		if l == nil {
			return errNilHook
		}
		c.logger = l
		return nil
	}}
}

// WithObserver is told of computations, waits and backend operations as they
// start and end, for traces. Memory hits are not observed.
func WithObserver(o metrics.Observer) Option {
	return option{"WithObserver", func(c *config) error {
		if o == nil {
			return errNilHook
		}
		c.observer = o
		return nil
	}}
}
