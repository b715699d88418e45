package statsdexport

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// address is where packets go.
type address struct {
	network string // udp or unixgram
	target  string // host:port or a path
}

// maxSocketPath is how long the path of a Unix socket may be everywhere.
const maxSocketPath = 103

// parseAddress reads an address. Its errors say what is wrong with it.
func parseAddress(addr string) (address, error) {
	scheme, target, ok := strings.Cut(addr, "://")
	if !ok {
		scheme, target = "udp", addr
	}
	switch scheme {
	case "udp":
		host, port, err := net.SplitHostPort(target)
		if err != nil {
			return address{}, err
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return address{}, fmt.Errorf("%q is no port", port)
		}
		if host == "" {
			return address{}, errors.New("it has no host")
		}
		return address{"udp", target}, nil
	case "unix", "unixgram":
		if target == "" || len(target) > maxSocketPath {
			return address{}, fmt.Errorf("the path of a socket has 1 to %d bytes", maxSocketPath)
		}
		return address{"unixgram", target}, nil
	default:
		return address{}, fmt.Errorf("%q is neither udp nor unixgram", scheme)
	}
}

// dial connects, which sends nothing yet.
func (a address) dial(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: ioTimeout}
	return dialer.DialContext(ctx, a.network, a.target)
}

// hopeless tells why dialling failed if waiting does not mend it: the name of the
// host doesn't exist, or what is at the path of a socket is something else.
func (a address) hopeless(err error) error {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return err
	case errors.Is(err, syscall.EPROTOTYPE):
		return fmt.Errorf("it is a socket for streams, not for datagrams: %w", err)
	case err == nil || a.network != "unixgram":
		return nil
	}
	if info, failed := os.Stat(a.target); failed == nil && info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("it is no socket: %w", err)
	}
	return nil // it isn't there yet, or isn't listened to
}
