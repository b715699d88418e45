package metrics

import (
	"sync"
	"sync/atomic"
	"time"
)

// windows keeps the recent past of a recorder without a goroutine or a timer:
// whoever records something that isn't the fastest path, and whoever reads,
// looks at the clock; the first one after a second has passed takes a reading
// and stores what changed. Times are those since the recorder was made.
type windows struct {
	next    atomic.Int64 // when the next reading is due. Whoever moves it takes the reading
	seen    atomic.Int64 // a time shortly before the last event that was seen
	untimed atomic.Bool  // there were events that nobody saw the time of

	mu    sync.Mutex // protects what follows; held for a reading at most
	began time.Duration
	at    time.Duration // of the last reading
	rings *[len(rings)]ring
}

// seenStep is how exactly the time of the last event is known.
const seenStep = 100 * time.Millisecond

// tick says that something is about to be recorded. It is called before, so
// that what is recorded after an idle time is not taken for part of it.
func (r *Recorder) tick() {
	now := time.Since(r.start)
	r.advance(now)
	if seen := r.windows.seen.Load(); now >= time.Duration(seen)+seenStep || now < time.Duration(seen) {
		r.windows.seen.Store(int64(now))
	}
}

// sawUntimed notes that the times of events are no longer all known.
func (w *windows) sawUntimed() {
	if !w.untimed.Load() {
		w.untimed.Store(true)
	}
}

// advance takes a reading if one is due.
func (r *Recorder) advance(now time.Duration) {
	w := &r.windows
	// Loaded before next is moved: others note newer events only after that.
	seen := w.seen.Load()
	next := w.next.Load()
	// Due when next has come, and when it is so far off that the clock must
	// have been set back, as between a testing/synctest bubble and outside.
	if left := time.Duration(next) - now; left > 0 && left <= 2*rings[0].step {
		return
	}
	if w.next.CompareAndSwap(next, int64(now.Truncate(rings[0].step)+rings[0].step)) {
		r.takeReading(time.Duration(seen))
	}
}

// takeReading stores what changed since the last reading in each ring whose
// step is over.
func (r *Recorder) takeReading(seen time.Duration) {
	w := &r.windows
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Since(r.start)
	c := r.read()
	if now < w.at-rings[0].step { // another clock: the past can't be placed on it
		w.began, w.at = now, now
		w.rings = new([len(rings)]ring)
		for i := range w.rings {
			w.rings[i] = ring{at: now, base: c}
		}
		return
	}
	w.at = max(now, w.at)
	if w.rings == nil {
		w.rings = new([len(rings)]ring)
		for i := range w.rings {
			w.rings[i].base = noCells
		}
	}
	// Where every event was seen, all that changed had happened shortly after
	// the last one, however long nothing has happened since.
	end := w.at
	if r.sampling.seesSlowHits() && !w.untimed.Load() {
		end = min(w.at, seen+seenStep)
	}
	for i := range w.rings {
		g := &w.rings[i]
		if due := g.at.Truncate(rings[i].step) + rings[i].step; w.at >= due {
			g.close(c, end, w.at, rings[i].span)
		}
	}
}
