package suite

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/cachier-go/cachier"
)

// The states of a function whose metrics are weighed.
const (
	// NeverCalled is a function that exists and nobody called.
	NeverCalled = "never called"
	// CalledOnce is one that a few calls have made known.
	CalledOnce = "called 50 times"
	// Busy is one that was called all day, on every path, from more goroutines than there are processors.
	Busy = "busy for a day"
)

// busyFunctions is how many functions are kept busy for a day: the day is simulated, and each adds seconds to it.
const busyFunctions = 10

// runFunctions weighs the metrics of a function: what a service with metrics takes more than the same one without.
func runFunctions(o Options, t Task, emit func(Sample)) error {
	subject := fmt.Sprintf("GOMAXPROCS %d", runtime.GOMAXPROCS(0))
	report := func(state string, bytes float64) {
		emit(Sample{Case: state, Subject: subject, Unit: "B/function", Value: bytes})
	}
	// What the first function brings into being, and all share, is nobody's own.
	first, err := openService(1, instant)
	if err != nil {
		return err
	}
	first.hits(50)
	defer first.close()

	if err := weighIdle(o, report); err != nil {
		return err
	}
	return inBubble(func() error { return weighBusy(o, report) })
}

// bothServices are the same service without metrics and with them.
type bothServices struct{ off, on *service }

// difference returns the bytes a function that doing it to the one with metrics takes more.
func (b *bothServices) difference(n int, do func(*service) error) (float64, error) {
	h0 := heap()
	if err := do(b.off); err != nil {
		return 0, err
	}
	h1 := heap()
	if err := do(b.on); err != nil {
		return 0, err
	}
	h2 := heap()
	runtime.KeepAlive(b)
	return ((h2 - h1) - (h1 - h0)) / float64(n), nil
}

func (b *bothServices) open(n int, compute computeFunc) (float64, error) {
	b.off, b.on = new(service), new(service)
	return b.difference(n, func(s *service) error {
		var opts []cachier.Option
		if s == b.off {
			opts = append(opts, cachier.WithoutMetrics())
		}
		opened, err := openService(n, compute, opts...)
		if err == nil {
			*s = *opened
		}
		return err
	})
}

func (b *bothServices) close() {
	b.off.close()
	b.on.close()
}

func weighIdle(o Options, report func(string, float64)) error {
	var b bothServices
	bytes, err := b.open(o.Functions, instant)
	if err != nil {
		return err
	}
	defer b.close()
	report(NeverCalled, bytes)
	more, err := b.difference(o.Functions, func(s *service) error { s.hits(50); return nil })
	report(CalledOnce, bytes+more)
	return err
}

// weighBusy keeps functions busy for a day of simulated time, in which every ring of windows fills, with more
// goroutines than there are processors, so that every stripe does.
func weighBusy(o Options, report func(string, float64)) error {
	n := min(busyFunctions, o.Functions)
	together(func() {}) // the runtime keeps what goroutines leave behind
	var b bothServices
	bytes, err := b.open(n, lasting)
	if err != nil {
		return err
	}
	defer b.close()
	more, err := b.difference(n, func(s *service) error { s.day(o.Seconds); return nil })
	report(Busy, bytes+more)
	return err
}

// together does something on several goroutines a processor, all of them there before the first begins.
func together(do func()) {
	var ready, done sync.WaitGroup
	n := 8 * runtime.GOMAXPROCS(0)
	ready.Add(n)
	for range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			do()
		})
	}
	done.Wait()
}

// day lives through a day and a little: two hours second by second and the rest minute by minute, or, where seconds
// is small, a part of each.
func (s *service) day(seconds int) {
	together(func() { s.hits(200) })
	share := min(seconds, 20)
	for range 7500 * share / 20 {
		s.hits(100)
		s.everything()
		time.Sleep(time.Second)
	}
	for range 1440 * share / 20 {
		s.hits(100)
		s.everything()
		time.Sleep(time.Minute)
	}
}
