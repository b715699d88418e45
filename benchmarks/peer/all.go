package peer

import "fmt"

// The names of the set-ups, as they stand in tables and raw samples. All but [CachierNoTTL] and [XSync] are opened with
// a TTL in the benchmarks.
const (
	Cachier          = "cachier"                          // full analytics, automatic sampling: the default
	CachierOff       = "cachier, without metrics"         // WithoutMetrics
	CachierNoTTL     = "cachier, without metrics and TTL" // the least a call can cost
	CachierSampling0 = "cachier, sampling 0"              // exact counts, nothing timed
	CachierSampling1 = "cachier, sampling 1"              // every hit timed
	OtterOn          = "otter, stats on"
	OtterOff         = "otter, stats off"
	OtterCoarse      = "otter, stats on, coarse clock" // its CoarseClock of 1 ms instead of the default clock
	RistrettoOn      = "ristretto, metrics on"
	RistrettoOff     = "ristretto, metrics off"
	Theine           = "theine"
	GolangLRU        = "golang-lru expirable"
	Sturdyc          = "sturdyc"
	TTLCache         = "ttlcache"
	GoCache          = "go-cache"
	GCache           = "gcache LRU"
	XSync            = "xsync look-up"
	Prometheus       = "otter + Prometheus vectors"
	PrometheusBound  = "otter + Prometheus pre-bound"
	OpenTelemetry    = "otter + OpenTelemetry"
)

// All returns every set-up, in the order of the tables.
func All[K comparable, V any]() []Peer[K, V] {
	return []Peer[K, V]{
		{Cachier, openCachier[K, V]},
		{CachierSampling0, openCachierSampling0[K, V]},
		{CachierSampling1, openCachierSampling1[K, V]},
		{CachierOff, openCachierOff[K, V]},
		{CachierNoTTL, openCachierNoTTL[K, V]},
		{XSync, openXSync[K, V]},
		{OtterOff, openOtterOff[K, V]},
		{OtterOn, openOtterOn[K, V]},
		{OtterCoarse, openOtterCoarse[K, V]},
		{RistrettoOff, openRistrettoOff[K, V]},
		{RistrettoOn, openRistrettoOn[K, V]},
		{Theine, openTheine[K, V]},
		{GolangLRU, openGolangLRU[K, V]},
		{Sturdyc, openSturdyc[K, V]},
		{TTLCache, openTTLCache[K, V]},
		{GoCache, openGoCache[K, V]},
		{GCache, openGCache[K, V]},
		{Prometheus, openPrometheus[K, V]},
		{PrometheusBound, openPrometheusBound[K, V]},
		{OpenTelemetry, openOpenTelemetry[K, V]},
	}
}

// Open opens the set-up of that name. It fails for a name that [All] doesn't list, and with [ErrKeyKind].
func Open[K comparable, V any](name string, c Config[K, V]) (Cache[K, V], error) {
	for _, p := range All[K, V]() {
		if p.Name == name {
			return p.Open(c)
		}
	}
	return nil, fmt.Errorf("peer: no set-up is named %q", name)
}
