package suite

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/cachier-go/cachier/benchmarks/peer"
)

const (
	// Crowd is how many goroutines ask for one cold key at once.
	Crowd = 1000
	// computing is how long its value takes: longer than it takes all of them to ask.
	computing = 20 * time.Millisecond
)

// runStampede measures how long a crowd on one cold key waits beyond the time that computing takes, and how often the
// value was computed.
func runStampede(o Options, t Task, emit func(Sample)) error {
	rng := generator(o, t)
	keys := load.Strings(o.Rounds)
	for round := range o.Rounds {
		for position, at := range rng.Perm(len(missing)) {
			var runs atomic.Int64
			c, err := peer.Open(missing[at], peer.Config[string, uint64]{
				Capacity: o.Capacity, TTL: ttl,
				Load: func(context.Context, string) (uint64, error) {
					runs.Add(1)
					time.Sleep(computing)
					return 1, nil
				},
			})
			if err != nil {
				return err
			}
			waited := stampede(c.(peer.Loader[string, uint64]), keys[round])
			sample := Sample{
				Round: round, Position: position, Case: "1,000 goroutines, one cold key", Subject: missing[at], Goroutines: Crowd,
			}
			sample.Unit, sample.Value = "µs beyond computing", float64((waited - computing).Microseconds())
			emit(sample)
			sample.Unit, sample.Value = "runs", float64(runs.Load())
			emit(sample)
			c.Close()
		}
	}
	return nil
}

// stampede returns how long it takes from the first call to the return of the last.
func stampede(l peer.Loader[string, uint64], key string) time.Duration {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(Crowd)
	for range Crowd {
		done.Go(func() {
			ready.Done()
			<-start
			_, _ = l.Load(context.Background(), key)
		})
	}
	ready.Wait()
	begin := time.Now()
	close(start)
	done.Wait()
	return time.Since(begin)
}
