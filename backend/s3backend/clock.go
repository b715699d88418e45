package s3backend

import (
	"sync"
	"time"
)

// tolerance is how far apart the clocks may seem without being so: S3 tells the
// time to the second, some servers renew it once a second, and answers take
// time.
const tolerance = 3 * time.Second

// clock is how far the server's clock is ahead of this host's, as far as its
// answers tell. Within the tolerance the host's is trusted, which is finer.
type clock struct {
	mu    sync.Mutex // protects what follows
	known bool
	apart time.Duration
}

// learn takes in the time that an answer told, between these two on the local
// clock.
func (c *clock) learn(before, after, told time.Time) {
	if told.IsZero() {
		return
	}
	// It was told rounded down, and by a clock that may tick once a second.
	least, most := told.Sub(after), told.Add(2*time.Second).Sub(before)
	apart := least + (most-least)/2
	if least < tolerance && most > -tolerance {
		apart = 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known && c.apart != 0 && least <= c.apart && c.apart <= most {
		return // no more is known than before
	}
	c.known, c.apart = true, apart
}

// offset is what to add to the local time; known says that an answer told.
func (c *clock) offset() (apart time.Duration, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.apart, c.known
}

// Times further away than this are as good as there.
const farthest = 250_000 * 365 * 24 * 3600

// micros is a local time on the server's clock, as microseconds since 1970; 0 is
// the zero time.
func micros(t time.Time, apart time.Duration, up bool) int64 {
	if t.IsZero() {
		return 0
	}
	t = t.Add(apart)
	seconds := max(-farthest, min(t.Unix(), farthest))
	n := seconds*1e6 + int64(t.Nanosecond())/1e3
	if up && t.Nanosecond()%1e3 > 0 {
		n++
	}
	if n == 0 {
		n = 1
	}
	return n
}

// local is the reverse of micros.
func local(micros int64, apart time.Duration) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).Add(-apart)
}
