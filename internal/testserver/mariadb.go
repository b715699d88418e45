//go:build unix

package testserver

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
)

// MariaDB is a running MariaDB server, which speaks MySQL.
type MariaDB struct {
	*Process
	Addr string
	// DSN is that of the database test, as github.com/go-sql-driver/mysql has it.
	DSN string
}

// StartMariaDB makes a server's data, which waits for no disk, and serves it,
// with further arguments, until the test ends.
func StartMariaDB(t testing.TB, args ...string) *MariaDB {
	t.Helper()
	install, server := Program(t, "mariadb-install-db"), Program(t, "mariadbd", "/usr/sbin")
	dir, as := homeOf(t, "mysql")
	data := filepath.Join(dir, "data")
	cmd := exec.Command(install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-name-resolve")
	cmd.Dir, cmd.SysProcAttr = dir, as
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
	addr := FreeAddr(t)
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(server, append([]string{
		"--no-defaults", "--datadir=" + data, "--bind-address=" + host, "--port=" + port, "--socket=" + filepath.Join(dir, "s"),
		"--pid-file=" + filepath.Join(dir, "pid"), "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0",
		"--innodb-buffer-pool-size=64M", "--max-connections=1000", "--max-allowed-packet=64M",
	}, args...)...)
	cmd.Dir, cmd.SysProcAttr = dir, as
	m := &MariaDB{run(t, cmd), addr, fmt.Sprintf("root@tcp(%s)/test", addr)}
	m.ready(t)
	return m
}

func (m *MariaDB) ready(t testing.TB) {
	t.Helper()
	host, port, err := net.SplitHostPort(m.Addr)
	if err != nil {
		t.Fatal(err)
	}
	admin := Program(t, "mariadb-admin")
	Eventually(t, "MariaDB starts", func() error {
		out, err := exec.Command(admin, "--no-defaults", "-h"+host, "-P"+port, "-uroot", "ping").CombinedOutput()
		if err != nil {
			return fmt.Errorf("mariadb-admin: %w: %s", err, out)
		}
		return nil
	})
}

// Restart serves again, at the same address, what a stopped server had.
func (m *MariaDB) Restart(t testing.TB) {
	t.Helper()
	m.again(t)
	m.ready(t)
}
