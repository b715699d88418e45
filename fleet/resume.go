package fleet

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// resumed is how far back a registry remembers earlier starts.
const resumed = 24 * time.Hour

// resumeAtOnce is how many starts are read at once: few, because each has its past.
const resumeAtOnce = 8

// resume returns what earlier starts of this instance counted, for its registry to
// remember, so that its windows go on over a restart. What the registry itself
// counted is none of that. It reads the newest first, as far as time allows: a
// long past keeps no program from being published.
func (p *publisher) resume(ctx context.Context) (spans []metrics.Snapshot, err error) {
	ctx, cancel := context.WithTimeout(ctx, resumeTime)
	defer cancel()
	v := &View{store: p.store, keys: p.keys, now: time.Now}
	r, _, err := readRoster(ctx, v.store, v.keys)
	if err != nil {
		return nil, err
	}
	r.Starts = slices.DeleteFunc(r.Starts, func(l listed) bool {
		return l.Instance != p.options.Instance || slices.Contains(p.own, l.ID)
	})
	slices.SortStableFunc(r.Starts, func(a, b listed) int { return cmp.Compare(b.Joined, a.Joined) })
	now := v.now()
	for part := range slices.Chunk(r.Starts, resumeAtOnce) {
		members, err := v.members(ctx, part, now, new(int))
		for _, m := range members {
			if err == nil && m.total != nil {
				err = v.past(ctx, m, now, &spans)
			}
		}
		if err != nil && ctx.Err() != nil {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return spans, nil
}

// past adds what a start counted in the last day, the newest first. Where it fails
// that is there which was read.
func (v *View) past(ctx context.Context, m member, now time.Time, spans *[]metrics.Snapshot) error {
	from, to := now.Add(-resumed), now
	if m.Started.After(from) {
		from = m.Started
	}
	if m.Written.Before(to) {
		to = m.Written
	}
	layout, err := metrics.ParseLayout(m.total.Layout)
	if err != nil || to.Before(from) {
		return nil // what can't be read is left out
	}
	list := finest(from.Add(m.Clock), to.Add(m.Clock), now.Add(m.Clock))
	slices.Reverse(list)
	for part := range slices.Chunk(list, readAtOnce) {
		entries, err := v.getPieces(ctx, m, part, new(int))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if s, err := decodeSpan(e.Value); err == nil && s.layout == layout.ID() {
				*spans = append(*spans, s.snapshots(m, layout)...)
			}
		}
	}
	return nil
}

// finest are the records of a time, in minutes as far as they are kept.
func finest(from, to, now time.Time) (all []piece) {
	turn := hours.number(now.Add(-keepMinute)) + 1
	for h := hours.number(from); h < turn && h <= hours.number(to); h++ {
		all = append(all, piece{hours, h})
	}
	for m := max(minutes.number(hours.start(turn)), minutes.number(from)); m <= minutes.number(to.Add(time.Minute)); m++ {
		all = append(all, piece{minutes, m})
	}
	return all
}

// snapshots are what each function of a start counted in a span.
func (s *spanned) snapshots(m member, layout metrics.Layout) (all []metrics.Snapshot) {
	for _, c := range s.counts {
		if c.number >= len(m.total.Functions) {
			continue
		}
		f := &m.total.Functions[c.number]
		var sum metrics.Adder
		if sum.Add(c.packed, layout) == nil {
			all = append(all, sum.Snapshot(metrics.Snapshot{
				Name: f.Name, Labels: f.Labels, From: s.from.Add(-m.Clock), To: s.to.Add(-m.Clock),
			}))
		}
	}
	return all
}
