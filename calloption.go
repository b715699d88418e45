package cachier

import "time"

// A CallOption changes one call. It is a small value, so that passing one
// costs no allocation.
type CallOption struct {
	kind        callOptionKind
	maxAge      time.Duration
	explanation *Explanation
	info        *CallInfo
}

type callOptionKind uint8

const (
	optionMaxAge callOptionKind = iota + 1
	optionSkip
	optionExplain
	optionInfo
)

// MaxAge asks for a value no older than d, or than the TTL if that is shorter.
// A negative d always computes. Where the stored value is too old, the call
// does not join a computation that began before it.
func MaxAge(d time.Duration) CallOption { return CallOption{kind: optionMaxAge, maxAge: d} }

// SkipCache computes without reading or storing anything.
func SkipCache() CallOption { return CallOption{kind: optionSkip} }

// Explain writes into e, step by step, why the call got what it got. It is
// filled in when the call returns; what it held before is lost.
func Explain(e *Explanation) CallOption { return CallOption{kind: optionExplain, explanation: e} }

// Info writes into i what kind of answer the call got. It is filled in when
// the call returns; what it held before is lost.
func Info(i *CallInfo) CallOption { return CallOption{kind: optionInfo, info: i} }

// callOptions is what the options of one call amount to.
type callOptions struct {
	hasMaxAge bool
	skip      bool
	refresh   bool // not an option: Func.Refresh
	maxAge    time.Duration
	explain   *Explanation
	info      *CallInfo
}

func readCallOptions(opts []CallOption) (o callOptions) {
	for _, opt := range opts {
		switch opt.kind {
		case optionMaxAge:
			o.hasMaxAge, o.maxAge = true, opt.maxAge
		case optionSkip:
			o.skip = true
		case optionExplain:
			o.explain = opt.explanation
		case optionInfo:
			o.info = opt.info
		}
	}
	return o
}

// plain reports whether a hit needs to know of nothing but the age.
func (o *callOptions) plain() bool { return !o.skip && o.explain == nil && o.info == nil }
