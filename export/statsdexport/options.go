package statsdexport

import (
	"cmp"
	"fmt"
	"log/slog"

	"github.com/cachier-go/cachier/metrics"
)

// Format is how names and labels are written.
type Format uint8

const (
	// Plain is the zero value, which every server understands: labels are
	// segments of the name.
	Plain Format = iota
	// DogStatsD has labels as tags. Datadog's agent, statsd_exporter and
	// Telegraf understand it.
	DogStatsD
)

// Histograms is how distributions are sent.
type Histograms uint8

const (
	// DefaultHistograms is the zero value: timers in the plain format,
	// distributions in DogStatsD.
	DefaultHistograms Histograms = iota
	// Timers are of the type ms, which every server understands.
	Timers
	// SampledHistograms are of the type h, which an agent of Datadog sums up
	// itself. The original StatsD takes them for counters.
	SampledHistograms
	// Distributions are of the type d, which Datadog sums up over all hosts. The
	// original StatsD takes them for counters.
	Distributions
	// NoHistograms leaves them out: counters and gauges remain.
	NoHistograms
)

// Options are the settings of an [Exporter]. A nil *Options and the zero value
// mean the defaults.
type Options struct {
	// Format is Plain unless set.
	Format Format

	// Prefix begins every name. Dots in it separate segments. Empty: "cachier".
	Prefix string

	// Labels go with all lines, as static labels of functions do, which override
	// those of the same name. New copies them. Nil: none.
	Labels map[string]string

	// Histograms says how distributions are sent.
	Histograms Histograms

	// Resolution is how many lines a histogram is spread over, in proportion to
	// its buckets, each of which has one at least. It is for the original StatsD,
	// whose counts heed sample rates and whose means and percentiles don't: with
	// 100 lines they are right to one percent. Zero: one line a bucket. Negative
	// or over 10,000 is an error.
	Resolution int

	// MaxPacket is the size of packets in bytes at most. A longer line is given
	// up and counted as "too_long". Zero: 1432, which fits Ethernet with IPv6; a
	// Unix socket on the same host takes 8192. Less than 128 or more than 65507
	// is an error.
	MaxPacket int

	// Queue is how many packets of one batch are kept at most when the server
	// fails in the midst of it; what is over is given up and counted as
	// "queue_full". Zero: 1024, about 1.4 MiB. Negative: none. When a context is
	// cancelled in the midst, as at the end of a program, all of the rest is kept,
	// for the last export and Close.
	Queue int

	// PacketRate is how many packets a second are sent at most, so that a server
	// has the time to read them: what comes too fast over UDP is lost without a
	// word. Zero: 1000, about 1.4 MB a second. Negative: no bound.
	PacketRate int

	// Select leaves out the metrics for which it returns false. It is asked at
	// each push for each function, by its name ("" for exports and for what stores
	// tell of themselves), and each metric that it has, and must not modify the
	// metric. Nil: all. For whole functions there is
	// metrics.Batch.Select too.
	Select func(cache string, m *metrics.Metric) bool

	// Logger is told of failures, once a minute at most. Nil: slog.Default().
	Logger *slog.Logger
}

const (
	defaultPrefix     = "cachier"
	defaultMaxPacket  = 1432
	minMaxPacket      = 128
	maxMaxPacket      = 65507 // what UDP can carry over IPv4
	defaultQueue      = 1024
	defaultPacketRate = 1000
	maxResolution     = 10_000
)

// resolve checks o and fills the defaults in.
func (o *Options) resolve() (Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	r.Prefix = cmp.Or(r.Prefix, defaultPrefix)
	r.MaxPacket = cmp.Or(r.MaxPacket, defaultMaxPacket)
	r.Queue = cmp.Or(r.Queue, defaultQueue)
	r.PacketRate = cmp.Or(r.PacketRate, defaultPacketRate)
	switch {
	case r.Format > DogStatsD:
		return r, fmt.Errorf("statsdexport: Options.Format is %d, which is neither Plain nor DogStatsD", r.Format)
	case r.Histograms > NoHistograms:
		return r, fmt.Errorf("statsdexport: Options.Histograms is %d, which is none of its constants", r.Histograms)
	case !legalPrefix(r.Prefix):
		return r, fmt.Errorf("statsdexport: Options.Prefix is %q; it may have letters, digits, underscores, and dots between them", r.Prefix)
	case r.MaxPacket < minMaxPacket || r.MaxPacket > maxMaxPacket:
		return r, fmt.Errorf("statsdexport: Options.MaxPacket is %d, not in %d..%d", r.MaxPacket, minMaxPacket, maxMaxPacket)
	case r.Resolution < 0 || r.Resolution > maxResolution:
		return r, fmt.Errorf("statsdexport: Options.Resolution is %d, not in 0..%d", r.Resolution, maxResolution)
	}
	for name := range r.Labels {
		if name == "" {
			return r, fmt.Errorf("statsdexport: Options.Labels has one without a name")
		}
	}
	if r.Histograms == DefaultHistograms {
		r.Histograms = Timers
		if r.Format == DogStatsD {
			r.Histograms = Distributions
		}
	}
	return r, nil
}

// legalPrefix reports whether all servers take a prefix as it is.
func legalPrefix(prefix string) bool {
	last := byte('.')
	for i := range len(prefix) {
		if c := prefix[i]; !alphanumeric(c) && c != '_' && (c != '.' || last == '.') {
			return false
		}
		last = prefix[i]
	}
	return last != '.'
}
