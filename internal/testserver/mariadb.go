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

	command func() *exec.Cmd
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
	m := &MariaDB{Addr: FreeAddr(t)}
	m.DSN = fmt.Sprintf("root@tcp(%s)/test", m.Addr)
	host, port, err := net.SplitHostPort(m.Addr)
	if err != nil {
		t.Fatal(err)
	}
	m.command = func() *exec.Cmd {
		cmd := exec.Command(server, append([]string{
			"--no-defaults", "--datadir=" + data, "--bind-address=" + host, "--port=" + port, "--socket=" + filepath.Join(dir, "s"),
			"--pid-file=" + filepath.Join(dir, "pid"), "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0",
			"--innodb-buffer-pool-size=64M", "--max-connections=1000", "--max-allowed-packet=64M",
		}, args...)...)
		cmd.Dir, cmd.SysProcAttr = dir, as
		return cmd
	}
	m.Restart(t)
	return m
}

// Restart serves the same data at the same address again, after Stop or Kill,
// until the test ends.
func (m *MariaDB) Restart(t testing.TB) {
	t.Helper()
	m.Process = run(t, m.command())
	host, port, _ := net.SplitHostPort(m.Addr)
	admin := Program(t, "mariadb-admin")
	Eventually(t, "MariaDB starts", func() error {
		out, err := exec.Command(admin, "--no-defaults", "-h"+host, "-P"+port, "-uroot", "ping").CombinedOutput()
		if err != nil {
			return fmt.Errorf("mariadb-admin: %w: %s", err, out)
		}
		return nil
	})
}
