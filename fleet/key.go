package fleet

import (
	"strconv"
	"time"
)

// keys are the keys of one fleet. They are no functions' keys, which have a
// colon in their first part.
type keys string

func keysOf(fleet string) keys { return keys("cachier-fleet/" + fleet + "/") }

func (k keys) roster() string         { return string(k) + "roster" }
func (k keys) folded() string         { return string(k) + "folded" }
func (k keys) total(id string) string { return string(k) + id + "/total" }
func (k keys) span(id string, s span, n int64) string {
	return string(k) + id + "/" + s.name + "/" + strconv.FormatInt(n, 10)
}

// span is a length of time that has records of its own.
type span struct {
	name   string
	length time.Duration
	keep   time.Duration // after its end
}

var (
	minutes = span{"minute", time.Minute, keepMinute}
	tens    = span{"ten", 10 * time.Minute, keepMinute}
	hours   = span{"hour", time.Hour, keepHour}
)

// number is that of the span in which a time is, counted from 1970.
func (s span) number(t time.Time) int64 { return floor(t.UnixNano(), int64(s.length)) }

// start is when the n-th span begins.
func (s span) start(n int64) time.Time { return time.Unix(0, n*int64(s.length)) }

// spans are all that there are, by length.
var spans = [...]span{minutes, tens, hours}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
