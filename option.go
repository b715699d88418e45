package cachier

import (
	"fmt"
	"log/slog"
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

	backend      backend.Backend
	local        bool
	localTTL     time.Duration
	localMax     int
	codec        Codec
	sizeInterval time.Duration // 0: DefaultSizeInterval where backend.CanSize; negative: never
	namespace    string
	version      string

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
