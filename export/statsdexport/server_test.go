package statsdexport_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/export/statsdexport"
)

// server keeps the packets that reach a socket.
type server struct {
	addr   string // for New
	target string // to listen at again

	stop func() // ends it, and waits until it has
	tally

	mu      sync.Mutex // protects packets
	packets []string
}

// listen starts a server on a loopback port until the test ends.
func listen(t testing.TB) *server {
	t.Helper()
	return listenAt(t, "udp", "127.0.0.1:0")
}

// listenUnix starts one on a Unix socket.
func listenUnix(t testing.TB) *server {
	t.Helper()
	return listenAt(t, "unixgram", filepath.Join(t.TempDir(), "s"))
}

func listenAt(t testing.TB, network, where string) *server {
	t.Helper()
	_ = os.Remove(where) // what another left, if it is a path
	conn, err := net.ListenPacket(network, where)
	if err != nil {
		t.Fatal(err)
	}
	if udp, ok := conn.(*net.UDPConn); ok {
		if err := udp.SetReadBuffer(4 << 20); err != nil {
			t.Fatal(err)
		}
	}
	s := &server{addr: network + "://" + conn.LocalAddr().String(), target: conn.LocalAddr().String()}
	read := make(chan struct{})
	go func() { // ends when the socket is closed
		defer close(read)
		buf := make([]byte, 1<<16)
		for {
			n, _, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.packets = append(s.packets, string(buf[:n]))
			s.mu.Unlock()
			s.add(string(buf[:n]))
		}
	}()
	s.stop = func() {
		_ = conn.Close() // it may be closed
		<-read
	}
	t.Cleanup(s.stop)
	return s
}

// got returns the packets so far.
func (s *server) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.packets...)
}

// lines returns the lines so far.
func (s *server) lines() (lines []string) {
	for _, p := range s.got() {
		lines = append(lines, strings.Split(p, "\n")...)
	}
	return lines
}

// waitFor waits until as many lines have arrived, and returns all.
func (s *server) waitFor(t testing.TB, n int) []string {
	t.Helper()
	eventually(t, func() error {
		if got := len(s.lines()); got < n {
			return fmt.Errorf("%d lines of %d arrived", got, n)
		}
		return nil
	})
	return s.lines()
}

// eventually calls try until it returns nil, for as long as a busy machine may
// take.
func eventually(t testing.TB, try func() error) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// exporter makes one that the test closes.
func exporter(t testing.TB, addr string, o *statsdexport.Options) *statsdexport.Exporter {
	t.Helper()
	e, err := statsdexport.New(addr, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}
