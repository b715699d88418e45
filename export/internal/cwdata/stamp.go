package cwdata

import "time"

// CloudWatch takes data that is so old, or so far ahead of its clock.
const (
	MostAge   = 14 * 24 * time.Hour
	mostAhead = 2 * time.Hour
)

// Stamp is the time of a batch, as CloudWatch takes it. Pushes have the time of
// now; one without a time, or of a clock that is far ahead, is of now too.
func Stamp(to time.Time) time.Time {
	if now := time.Now(); to.IsZero() || to.After(now.Add(mostAhead)) {
		return now
	}
	return to
}
