package statsdexport

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// Encoded returns the lines of a batch. The options must be right.
func Encoded(b metrics.Batch, o Options) (lines []string) {
	o, err := o.resolve()
	if err != nil {
		panic(err)
	}
	p := &packer{size: o.MaxPacket, ship: func(p packet) { lines = append(lines, strings.Split(string(p.text), "\n")...) }}
	e := newEncoder(o)
	for _, s := range b.Deltas {
		e.function(s, p)
	}
	e.others(b.Others, p)
	p.flush()
	return lines
}

// Gauge returns the lines of a gauge.
func Gauge(v float64) string {
	e := newEncoder(Options{Prefix: "p"})
	e.name = []byte("p.g")
	return string(e.gauge(v))
}

// Through makes e connect by dial from now on.
func (e *Exporter) Through(dial func(context.Context) (net.Conn, error), udp bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.link = link{dial: dial, udp: udp}
}

// Redial makes e connect anew at its next export.
func (e *Exporter) Redial() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.link.dialed = time.Now().Add(-redialEvery)
}
