package replay

// Report is what a replay found. Its JSON form is stable: fields are added,
// never renamed. Times are in seconds, sizes in bytes, ratios in 0..1 and null
// where there is no data.
type Report struct {
	Complete bool        `json:"complete"` // false: interrupted, the rest covers what was replayed until then
	Trace    Trace       `json:"trace"`
	Cache    Cache       `json:"cache"`
	Calls    uint64      `json:"calls"`
	Outcomes Outcomes    `json:"outcomes"`
	Misses   []Reason    `json:"misses"` // the reasons that occurred, the most frequent first
	Removals Removals    `json:"removals"`
	Ratios   Ratios      `json:"ratios"`
	Cost     *Cost       `json:"cost"` // null where the trace has no costs
	Windows  WindowTable `json:"windows"`
	Latency  Latencies   `json:"latency"` // of calls, in wall time
	Speed    Speed       `json:"speed"`
}

// Trace describes the file.
type Trace struct {
	File        string   `json:"file"`
	Format      string   `json:"format"`
	Compression string   `json:"compression"`
	Columns     []string `json:"columns"` // beside the key: time, size, cost
	Span        *float64 `json:"span"`    // from the first access replayed to the last; null where there are no times
}

// Cache describes what the trace was fed through, and what was in it at the end.
type Cache struct {
	MaxEntries int      `json:"max_entries"` // 0: not bounded by entries
	MaxWeight  int64    `json:"max_weight"`  // 0: not bounded by weight
	TTL        *float64 `json:"ttl"`         // null: none
	Entries    *int64   `json:"entries"`     // null: not known
	Weight     *int64   `json:"weight"`      // null: not known
}

// Outcomes counts calls by their outcome.
type Outcomes struct {
	Hit       uint64 `json:"hit"`
	Stale     uint64 `json:"stale"`
	Miss      uint64 `json:"miss"`
	Coalesced uint64 `json:"coalesced"`
	Bypass    uint64 `json:"bypass"`
}

func (o Outcomes) calls() uint64 { return o.Hit + o.Stale + o.Miss + o.Coalesced + o.Bypass }

// Reason is one reason for misses.
type Reason struct {
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}

// Removals counts entries that left the cache.
type Removals struct {
	Capacity uint64 `json:"capacity"`
	Expired  uint64 `json:"expired"`
}

// Ratios of the whole replay.
type Ratios struct {
	Hit     *float64 `json:"hit"`
	Fresh   *float64 `json:"fresh"`
	Offload *float64 `json:"offload"`
}

// Cost sums the trace's costs: of what was computed, and of what hits saved.
type Cost struct {
	Computed float64 `json:"computed"`
	Saved    float64 `json:"saved"`
}

// WindowTable cuts the replay into spans of equal length.
type WindowTable struct {
	Unit   string   `json:"unit"`   // "seconds" of the trace's time, or "accesses" where it has no times
	Length float64  `json:"length"` // of each, in that unit
	List   []Window `json:"list"`
}

// Window is one span of the trace.
type Window struct {
	From     float64  `json:"from"` // from the trace's start, in the unit of the table
	Calls    uint64   `json:"calls"`
	Outcomes Outcomes `json:"outcomes"`
	Absent   uint64   `json:"absent"` // misses by the reasons that matter here
	Evicted  uint64   `json:"evicted"`
	Expired  uint64   `json:"expired"`
	HitRatio *float64 `json:"hit_ratio"`
	Cost     *Cost    `json:"cost"`
}

// Latencies by the route of the call.
type Latencies struct {
	Hit  Latency `json:"hit"`
	Miss Latency `json:"miss"`
	All  Latency `json:"all"`
}

// Latency summarises a distribution of times. Quantiles are within 5 %; those
// of hits rest on a sample where Estimated says so.
type Latency struct {
	Count     uint64   `json:"count"`
	Estimated bool     `json:"estimated"`
	Mean      *float64 `json:"mean"`
	P50       *float64 `json:"p50"`
	P90       *float64 `json:"p90"`
	P99       *float64 `json:"p99"`
	P999      *float64 `json:"p999"`
}

// Speed says how fast the replay was.
type Speed struct {
	Seconds        float64  `json:"seconds"`          // wall time, reading and decompressing the file included
	CacheSeconds   float64  `json:"cache_seconds"`    // of these, in calls
	CallsPerSecond *float64 `json:"calls_per_second"` // in calls alone
}
