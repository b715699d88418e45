//go:build unix

package testserver

import (
	"flag"
	"net"
	"os"
	"os/exec"
	"time"
)

// RedisForMain starts a server for all tests and examples of a package. It is
// called by TestMain, which calls end in the end. Where the program is missing
// and not required, the address is empty and the examples, which can't skip, are
// left out.
func RedisForMain() (addr string, end func(), err error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if required() {
			return "", nil, err
		}
		flag.Parse()
		return "", func() {}, flag.Set("test.skip", "^Example")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr = listener.Addr().String()
	_ = listener.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", os.TempDir())
	endWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	end = func() {
		_ = cmd.Process.Kill() // it keeps nothing
		_ = cmd.Wait()
	}
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		if _, err = RedisDo(addr, "PING"); err == nil {
			return addr, end, nil
		}
		if time.Since(start) > time.Minute {
			end()
			return "", nil, err
		}
	}
}
