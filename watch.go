package cachier

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/clock"
)

const (
	// linger is how long a watch outlives the last who needed it: the next one
	// to wait often comes soon, and subscribing can cost a connection.
	linger = 10 * time.Second

	// How long a watch that broke waits until it subscribes again, at first and
	// at most.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 30 * time.Second
)

// watch is the one subscription of a Func to what happens to its keys on the
// backend. The tier in front of the backend has it for as long as the Func is
// open. Flights that wait for another process share it; where there is no such
// tier, it runs while they do, and a little longer.
//
// Its goroutine ends when nobody needs it any more, or by close, which waits
// for it.
type watch struct {
	backend backend.Watcher
	prefix  string
	told    func(backend.Event) // the tier in front of the backend; nil: there is none
	failing func(op string, err error)

	mu      sync.Mutex // protects what follows
	users   int
	waiting map[string][]chan struct{} // by stored key; each has room for one
	stop    context.CancelFunc         // ends the run; nil: it doesn't run
	ended   chan struct{}              // closed when the latest run is over; nil: there was none
	idle    *time.Timer                // ends the run that nobody needs
	closed  bool
}

// use keeps the watch running until leave, and starts it where it doesn't.
func (w *watch) use() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users++
	if w.idle != nil {
		w.idle.Stop()
	}
	if w.closed || w.stop != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	before, ended := w.ended, make(chan struct{})
	w.stop, w.ended = cancel, ended
	go w.run(ctx, before, ended)
}

// leave ends what use began.
func (w *watch) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch w.users--; {
	case w.users > 0 || w.closed:
	case w.idle == nil:
		w.idle = time.AfterFunc(linger, w.rest)
	default:
		w.idle.Reset(linger)
	}
}

// rest ends the run if nobody needs it.
func (w *watch) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users == 0 {
		w.end()
	}
}

// end tells the run to end; mu is held.
func (w *watch) end() {
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

// close ends the watch, and waits for that until ctx ends. A nil watch has
// nothing to end.
func (w *watch) close(ctx context.Context) error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	w.closed = true
	if w.idle != nil {
		w.idle.Stop()
	}
	w.end()
	ended := w.ended
	w.mu.Unlock()
	if ended == nil {
		return nil
	}
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run watches, once the run before it is over, and again whenever the
// subscription breaks: soon, but the longer it has not held the later, and
// instances that lost it together at different times.
func (w *watch) run(ctx context.Context, before <-chan struct{}, ended chan<- struct{}) {
	defer close(ended)
	if before != nil {
		<-before
	}
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		began := clock.Now()
		err := w.follow(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errors.ErrUnsupported), errors.Is(err, backend.ErrClosed):
			return // for good
		}
		w.failing("watch", backend.Wrap("watch", w.backend, "", err))
		if time.Duration(clock.Now()-began) > lastRetry {
			pause = firstRetry // it had held
		}
		again := time.NewTimer(jitter(pause, 0.5))
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return
		}
	}
}

// errEnded is said of a watch that ended without a reason.
var errEnded = errors.New("cachier: the backend stopped telling of changes")

// follow passes events on until the subscription breaks, and says why it did.
func (w *watch) follow(ctx context.Context) error {
	for event, err := range w.backend.Watch(ctx, w.prefix) {
		if err != nil {
			return err
		}
		if w.told != nil {
			w.told(event)
		}
		w.wakeAll(event)
	}
	return errEnded
}

// wakeAll wakes those whom an event may concern.
func (w *watch) wakeAll(event backend.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if event.Kind != backend.EventGap && event.Kind != backend.EventCleared {
		wake(w.waiting[event.Key])
		return
	}
	for key, sleepers := range w.waiting {
		if strings.HasPrefix(key, event.Key) {
			wake(sleepers)
		}
	}
}

func wake(sleepers []chan struct{}) {
	for _, s := range sleepers {
		select {
		case s <- struct{}{}:
		default: // it is awake already
		}
	}
}

// wake returns a channel that tells when something may have happened to a
// stored key, until stop. That of a nil watch never does.
func (w *watch) wake(key string) (woken <-chan struct{}, stop func()) {
	if w == nil {
		return nil, func() {}
	}
	sleeper := make(chan struct{}, 1)
	w.mu.Lock()
	w.waiting[key] = append(w.waiting[key], sleeper)
	w.mu.Unlock()
	w.use()
	return sleeper, func() {
		w.leave()
		w.mu.Lock()
		defer w.mu.Unlock()
		others := w.waiting[key][:0:0]
		for _, s := range w.waiting[key] {
			if s != sleeper {
				others = append(others, s)
			}
		}
		if w.waiting[key] = others; len(others) == 0 {
			delete(w.waiting, key)
		}
	}
}
