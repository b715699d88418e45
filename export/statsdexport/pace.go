package statsdexport

import (
	"context"
	"time"
)

// burst is how many packets are sent before the pace is looked at.
const burst = 16

// pace keeps packets at their distance, within one export.
type pace struct {
	every time.Duration // a packet; 0: as fast as it goes
	begun time.Time
	sent  int
}

// wait waits until another packet may be sent, or ctx is done.
func (p *pace) wait(ctx context.Context) {
	if p.every <= 0 {
		return
	}
	if p.sent++; p.sent%burst != 1 {
		return
	}
	if p.sent == 1 {
		p.begun = time.Now()
		return
	}
	early := time.Until(p.begun.Add(time.Duration(p.sent-1) * p.every))
	if early <= 0 {
		return
	}
	timer := time.NewTimer(early)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
