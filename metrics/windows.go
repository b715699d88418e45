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
	untimed atomic.Bool  // there were hits that nobody saw the time of
	sampled atomic.Bool  // hits counted elsewhere are sampled

	mu    sync.Mutex // protects what follows; held for a reading at most
	began time.Duration
	at    time.Duration // of the last reading
	last  *tally        // the last reading, which the first ring goes on from
	rings *[len(rings)]ring
}

const (
	// seenStep is how exactly the time of the last event is known.
	seenStep = 100 * time.Millisecond

	// A second with more changes than fit the ring, were all like it, makes the
	// next step longer, up to longestStep seconds. That bounds the work too.
	secondBytes = firstRingBytes / 120
	longestStep = 8
)

// tick says that something is about to be recorded. It is called before, so
// that what is recorded after an idle time is not taken for part of it.
func (r *Recorder) tick() {
	now := time.Since(r.start)
	r.advance(now)
	if seen := r.windows.seen.Load(); now >= time.Duration(seen)+seenStep || now < time.Duration(seen) {
		r.windows.seen.Store(int64(now))
	}
}

// note sets a flag; most of the time it is set, and nothing is written.
func note(flag *atomic.Bool) {
	if !flag.Load() {
		flag.Store(true)
	}
}

// seesAll reports whether no event goes unseen for longer than seenStep.
func (r *Recorder) seesAll() bool {
	w := &r.windows
	return r.sampling.seesSlowHits() && !w.untimed.Load() && (r.hits == nil || w.sampled.Load())
}

// advance takes a reading if one is due.
func (r *Recorder) advance(now time.Duration) {
	w := &r.windows
	// Loaded before next is moved: others note newer events only after that.
	seen := w.seen.Load()
	next := w.next.Load()
	// Due when next has come, and when it is so far off that the clock must
	// have been set back, as between a testing/synctest bubble and outside.
	if left := time.Duration(next) - now; left > 0 && left <= (longestStep+1)*rings[0].step {
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
	r.storeChanges(time.Since(r.start), seen)
}

// storeChanges is takeReading at a given time. The lock must be held.
func (r *Recorder) storeChanges(now, seen time.Duration) {
	w := &r.windows
	if w.rings == nil || now < w.at-rings[0].step {
		w.begin(r, now)
	}
	w.at = max(now, w.at)
	// Where every event was seen, all that changed had happened shortly after
	// the last one, however long nothing has happened since.
	end := w.at
	if r.seesAll() {
		end = min(w.at, seen+seenStep)
	}
	var room [2048]byte
	data := r.appendChanges(room[:0], w.last)
	w.rings[0].add(0, data, end, w.at)
	if steps := min((len(data)+deltaOverhead)/secondBytes, longestStep-1); steps > 0 {
		w.next.Store(int64(w.at.Truncate(rings[0].step)) + int64(steps+1)*int64(rings[0].step))
	}
	for i := 1; i < len(rings); i++ {
		g, step := &w.rings[i], rings[i].step
		if w.at < g.at.Truncate(step)+step {
			continue
		}
		c := w.last.cells()
		data := appendDelta(room[:0], c, g.reading(), narrow)
		if g.add(i, data, end, w.at); len(data) > 0 {
			g.base = appendDelta(g.base[:0], c, noCells, wide)
		}
	}
}

// begin makes the rings, empty. When the clock was set back, as between a
// testing/synctest bubble and outside, the past can't be placed on it and is
// given up.
func (w *windows) begin(r *Recorder, now time.Duration) {
	restart := w.rings != nil
	w.rings, w.last = new([len(rings)]ring), newTally()
	if !restart {
		return
	}
	r.appendChanges(nil, w.last)
	base := appendDelta(nil, w.last.cells(), noCells, wide)
	w.began, w.at = now, now
	for i := range w.rings {
		w.rings[i].at, w.rings[i].base = now, base
	}
}
