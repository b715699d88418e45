package demo

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// load says how a function is called.
type load struct {
	keys    int           // how many there are
	skew    float64       // exponent of the Zipf distribution, above 1
	rate    float64       // calls a second, on average
	callers int           // goroutines that call
	drift   time.Duration // after which the popularity of the keys has moved on by one key; 0: never
	wave    time.Duration // from one rush to the next
	call    func(ctx context.Context, key int)
}

// run calls until ctx ends, and returns when the last call has.
func (l *load) run(ctx context.Context) {
	var callers sync.WaitGroup
	start := time.Now()
	for range l.callers {
		callers.Go(func() { l.caller(ctx, start) })
	}
	callers.Wait()
}

// caller calls at random times, as independent users do.
func (l *load) caller(ctx context.Context, start time.Time) {
	random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	calls := context.WithoutCancel(ctx) // the end of the demo fails no call
	zipf := rand.NewZipf(random, l.skew, 4, uint64(l.keys-1))
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		at := time.Since(start)
		l.call(calls, l.key(at, int(zipf.Uint64())))
		pause := random.ExpFloat64() * float64(l.callers) / l.level(at)
		timer.Reset(time.Duration(min(pause, 1) * float64(time.Second)))
	}
}

// key turns a rank of popularity into a key: which key is the most popular one
// shifts with time, and neighbours in rank are strangers as keys.
func (l *load) key(at time.Duration, rank int) int {
	if l.drift > 0 {
		rank += int(at / l.drift)
	}
	const prime = 7919 // divides no number of keys here
	return rank % l.keys * prime % l.keys
}

// level is the rate of calls at a time: it swings by half, from rush to rush.
func (l *load) level(at time.Duration) float64 {
	if l.wave == 0 {
		return l.rate
	}
	return l.rate * (1 + 0.5*math.Sin(2*math.Pi*at.Seconds()/l.wave.Seconds()))
}
