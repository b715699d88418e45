package statsdexport_test

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/export/statsdexport"
)

// A mistake is an error at the start, and names what it is in.
func TestNewRefuses(t *testing.T) {
	dir := t.TempDir() // as Kubernetes makes one, of a socket that wasn't there in time
	streams := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", streams)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for addr, want := range map[string]string{
		"":                                   "port",
		"localhost":                          "port",
		":8125":                              "no host",
		"localhost:statsd":                   `"statsd"`,
		"localhost:0":                        `"0"`,
		"localhost:70000":                    `"70000"`,
		"http://localhost:80":                `"http"`,
		"unixgram://":                        "path",
		"unix://" + strings.Repeat("s", 200): "path",
		"nowhere.invalid:8125":               "nowhere.invalid",
		"unix://" + dir:                      "no socket",
		"unix://" + streams:                  "for streams",
	} {
		_, err := statsdexport.New(addr, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "statsdexport: addr ") {
			t.Errorf("addr %q: %v, want an error with %s", addr, err, want)
		}
	}
	for name, o := range map[string]statsdexport.Options{
		"Format":     {Format: 2},
		"Histograms": {Histograms: 5},
		"Prefix":     {Prefix: "a..b"},
		"MaxPacket":  {MaxPacket: 100},
		"Resolution": {Resolution: -1},
		"Labels":     {Labels: map[string]string{"": "x"}},
	} {
		_, err := statsdexport.New("127.0.0.1:8125", &o)
		if err == nil || !strings.Contains(err.Error(), "Options."+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, prefix := range []string{".", ".a", "a.", "a b", "a-b", "é"} {
		if _, err := statsdexport.New("127.0.0.1:8125", &statsdexport.Options{Prefix: prefix}); err == nil {
			t.Errorf("prefix %q is taken", prefix)
		}
	}
}

func TestNewTakes(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:8125", "udp://localhost:8125", "[::1]:8125", "unixgram:///not/there/yet", "unix:///nor/this"} {
		e, err := statsdexport.New(addr, &statsdexport.Options{Prefix: "a_1.b", Queue: -1, PacketRate: -1})
		if err != nil {
			t.Errorf("%s: %v", addr, err)
			continue
		}
		for range 2 {
			if err := e.Close(); err != nil {
				t.Errorf("%s: %v", addr, err)
			}
		}
	}
}
