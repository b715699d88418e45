package cachier

import (
	"os"
	"runtime"
	"strconv"

	"github.com/cachier-go/cachier/metrics"
)

// WorkersVariable is the environment variable that bounds the background
// refreshes under way in the process, of all Funcs together. The default is 8
// for each processor. A refresh that finds no room is skipped and counted.
const WorkersVariable = "CACHIER_MAX_WORKERS"

// workers has room for the background refreshes of this process.
var workers = make(chan struct{}, maxWorkers(os.Getenv(WorkersVariable)))

func maxWorkers(setting string) int {
	if n, err := strconv.Atoi(setting); err == nil && n > 0 {
		return n
	}
	return 8 * runtime.GOMAXPROCS(0)
}

// refreshBehind begins to renew the value of a call's key in the background,
// unless that is under way already or there is no room for it.
//
// The goroutine belongs to the engine's flights; it ends with the function, or
// when Close cancels its context.
func (c *call[K, V]) refreshBehind(before *entry[V], trigger metrics.Trigger) {
	e, fs := c.engine, c.flights.of(c.hash)
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.current(c.text) != nil {
		c.note("it is being refreshed already")
		return
	}
	if fs.version(c.hash) != c.seen && c.storedMeanwhile(before) {
		return
	}
	if fs.closed {
		e.recorder.SkipRefresh(metrics.SkipClosed)
		return
	}
	select {
	case workers <- struct{}{}:
	default:
		c.note("no room for a background refresh")
		e.recorder.SkipRefresh(metrics.SkipPoolFull)
		return
	}
	c.note("refreshing it in the background")
	f := e.newFlight(c.ctx, c.text, c.hash, trigger)
	f.background = true
	if c.store != nil {
		_, f.blocked, _ = c.store.blocks.has(c.text)
	}
	fs.start(f)
	key := c.key
	go func() {
		defer func() { <-workers }()
		e.fly(f, key, before)
		if r := &f.result; r.err != nil && r.panicked == nil && r.ended != metrics.ResultCanceled {
			e.logs.failed("refresh in the background", r.err)
		}
	}()
}

// storedMeanwhile reports whether the value that a call found in memory has
// been renewed since. What is on a backend, the flight looks at again. The
// caller holds flights.mu.
func (c *call[K, V]) storedMeanwhile(found *entry[V]) bool {
	if c.store != nil {
		return false
	}
	e, ok := c.local.get(c.key, c.text)
	return ok && e.created != found.created
}
