package metrics

import "time"

// CheckDelta reads data as a delta, as windows do, and reports what it counts.
func CheckDelta(data []byte) (Snapshot, error) {
	t := newTally()
	err := t.addDelta(data)
	return Snapshot{data: t.cells()}, err
}

// EncodeDelta packs what happened between two snapshots as windows do.
func EncodeDelta(s, before Snapshot, exact bool) []byte {
	base := noCells
	if before.data != nil {
		base = before.data
	}
	as := narrow
	if exact {
		as = wide
	}
	return appendDelta(nil, s.data, base, as)
}

// TakeReading does what the first event after a step does, at a time since r
// was made, and returns when the next reading would be due. Until it is called
// again, and for 5 seconds at most, no reading is taken otherwise.
func (r *Recorder) TakeReading(now time.Duration) (next time.Duration) {
	w := &r.windows
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next.Store(int64(now + rings[0].step))
	r.storeChanges(now, now)
	next = time.Duration(w.next.Load())
	w.next.Store(int64(time.Since(r.start) + 5*time.Second))
	return next
}
