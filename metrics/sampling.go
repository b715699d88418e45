package metrics

import (
	"fmt"
	"strconv"
)

// Sampling says which share of memory hits is timed. It is only stated in
// snapshots and exports: whoever calls [Recorder.SampleHit] does the sampling.
// Counts are exact whatever the sampling.
//
// The zero value is automatic: every hit while hits come slowly, down to 1 in
// 1024 when they come fast.
type Sampling struct {
	mode samplingMode
	rate float64
}

type samplingMode uint8

const (
	samplingAuto samplingMode = iota
	samplingFixed
	samplingMixed // in the sum of snapshots that differ
)

// SampleRate returns a fixed Sampling: p = 1 times every hit, 0.01 one in a
// hundred, 0 none. A p outside 0..1, or NaN, is an error.
func SampleRate(p float64) (Sampling, error) {
	if !(p >= 0 && p <= 1) {
		return Sampling{}, fmt.Errorf("cachier: sampling rate %v is not between 0 and 1", p)
	}
	return Sampling{mode: samplingFixed, rate: p}, nil
}

// Rate returns the fixed rate; false where there is none: automatic sampling,
// or the sum of snapshots with different ones.
func (s Sampling) Rate() (float64, bool) { return s.rate, s.mode == samplingFixed }

// String returns "auto", the rate, such as "0.01", or "mixed".
func (s Sampling) String() string {
	switch s.mode {
	case samplingFixed:
		return strconv.FormatFloat(s.rate, 'g', -1, 64)
	case samplingMixed:
		return "mixed"
	default:
		return "auto"
	}
}

// plus is what the sum of two snapshots says of its sampling.
func (s Sampling) plus(t Sampling) Sampling {
	if s == t {
		return s
	}
	return Sampling{mode: samplingMixed}
}

// seesSlowHits reports whether hits that come slowly are all seen, so that the
// time of the last event seen bounds the time of the last hit.
func (s Sampling) seesSlowHits() bool {
	return s.mode == samplingAuto || s.mode == samplingFixed && s.rate == 1
}
