package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

// Options say where and how long the demo runs, and where it writes.
type Options struct {
	Addr    string        // host:port to serve on; port 0 takes a free one
	For     time.Duration // 0: until the context ends
	Out     io.Writer     // for people
	Columns func() int    // width of the terminal behind Out; 0: it is none

	// Backend is where all functions keep their results. Nil: memory, files and
	// SQLite are shown side by side, in a temporary directory.
	Backend *location.Location
}

// drain is how long the demo waits for what is under way when it ends.
const drain = 5 * time.Second

// Run runs the demo until ctx ends or its time is up, which is no error. It
// writes where to look, a line on how it goes, and at the end a table.
func Run(ctx context.Context, o Options) (err error) {
	// First of all, so that a port in use is known before any work.
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return unheard(o.Addr, err)
	}
	last := context.WithoutCancel(ctx)
	s, err := newService(ctx, o.Backend)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	web := startWeb(listener, s)
	where := address(listener.Addr())
	printf(o.Out, "cachier demo: %d cached functions under load\n  page     %s/\n  metrics  %s/metrics\n  results  %s\n%s\n\n",
		len(s.list), where, where, o.where(), howLong(o.For))

	if o.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	ran := make(chan struct{})
	go func() { // ends with ctx
		defer close(ran)
		s.run(ctx)
	}()
	published := s.publish(ctx)
	s.tell(ctx, o)
	<-ran
	err = <-published

	last, cancel := context.WithTimeout(last, drain)
	defer cancel()
	err = errors.Join(err, web.Shutdown(last))
	printf(o.Out, "%s", s.summary())
	return errors.Join(err, s.close(last))
}

// unheard explains why nothing can be served at addr.
func unheard(addr string, err error) error {
	host, _, split := net.SplitHostPort(addr)
	if split == nil && errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use by another program; choose another port, such as --addr %s, or let --addr %s take a free one",
			addr, net.JoinHostPort(host, "9191"), net.JoinHostPort(host, "0"))
	}
	return fmt.Errorf("can't serve at --addr %s: %w", addr, err)
}

// address is where a browser on this machine finds a.
func address(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return "http://" + a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func howLong(d time.Duration) string {
	if d > 0 {
		return fmt.Sprintf("It ends in %v; Ctrl-C ends it now.", d)
	}
	return "Ctrl-C ends it."
}

// printf writes to the person at the screen. When nobody reads any more there
// is nobody to tell, and the demo goes on serving.
func printf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
