package statsdexport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

const (
	// ioTimeout bounds a connection being made and, where no context does, the
	// wait for room for a packet.
	ioTimeout = time.Second
	// redialEvery is how long a UDP connection is used, so that a server whose
	// name has got another address is found.
	redialEvery = time.Minute
)

// link is the connection to the server, made when it is needed. It belongs to
// whoever holds the exporter's lock.
type link struct {
	dial func(context.Context) (net.Conn, error)
	udp  bool

	conn   net.Conn
	dialed time.Time
	last   packet // over UDP, sent last: its fate shows at the next
}

// packet is some lines.
type packet struct {
	text  []byte
	lines int
}

// refusal is the error of a write, with the packet before, which did not arrive
// either.
type refusal struct {
	error
	packet packet
}

func (r refusal) Unwrap() error { return r.error }

// open makes a connection if there is none, or none that is new enough.
func (l *link) open(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.conn != nil && !l.old() {
		return nil
	}
	conn, err := l.dial(ctx)
	if err != nil {
		if l.conn != nil {
			return nil // the old one may do
		}
		return err
	}
	l.close()
	l.conn, l.dialed = conn, time.Now()
	return nil
}

// old reports whether the connection has been used for long enough.
func (l *link) old() bool {
	return l.conn != nil && l.udp && time.Since(l.dialed) >= redialEvery
}

// refused returns the packet that was sent last, over UDP, and an error if this
// system knows that it did not arrive. It asks for an answer, which servers never
// send: what comes instead is that error.
func (l *link) refused() (packet, error) {
	if l.conn == nil || !l.udp || l.last.lines == 0 {
		return packet{}, nil
	}
	// The error is there already. A deadline that is over would hide it.
	err := l.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	if err == nil {
		_, err = l.conn.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return packet{}, nil
	}
	last := l.last
	l.last = packet{}
	return last, err
}

func (l *link) close() {
	if l.conn != nil {
		_ = l.conn.Close() // nothing is buffered
	}
	l.conn, l.last = nil, packet{}
}

// write sends one packet, or none of it. The first write after a UDP server has
// gone succeeds; the second fails in its place, as a [refusal] with the packet of
// the first.
func (l *link) write(ctx context.Context, p packet) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(ioTimeout)
	}
	if err := l.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := l.conn.Write(p.text)
	switch {
	case err == nil:
		if l.udp {
			l.last = packet{append(l.last.text[:0], p.text...), p.lines}
		}
		return nil
	case l.udp && errors.Is(err, syscall.ECONNREFUSED):
		before := l.last
		l.last = packet{}
		if before.lines > 0 {
			return refusal{err, before}
		}
		return err
	case errors.Is(err, syscall.EMSGSIZE):
		return err // the connection is all right
	}
	l.close()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the server has no room: %w", context.DeadlineExceeded)
	}
	return err
}

// interrupt makes writes fail as soon as ctx is done. The function that it
// returns ends that.
func (l *link) interrupt(ctx context.Context) (end func()) {
	conn, over := l.conn, make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(over)
		_ = conn.SetWriteDeadline(time.Unix(1, 0)) // a closed one needs none
	})
	return func() {
		if !stop() {
			<-over // or it would hit a later export
		}
	}
}
