//go:build unix

package testserver

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Postgres is a running PostgreSQL server.
type Postgres struct {
	*Process
	Addr string
	// URL is that of the database postgres, without a password.
	URL string

	program, dir string
	as           *syscall.SysProcAttr
	args         []string
}

// postgresPrograms are where Debian has what isn't on the PATH.
const postgresPrograms = "/usr/lib/postgresql/*/bin"

// StartPostgres makes a cluster of databases that waits for no disk, and serves
// it, with further arguments, until the test ends.
func StartPostgres(t testing.TB, args ...string) *Postgres {
	t.Helper()
	initdb := Program(t, "initdb", postgresPrograms)
	p := &Postgres{Addr: FreeAddr(t), program: Program(t, "postgres", postgresPrograms)}
	p.URL = fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable", p.Addr)
	// PostgreSQL refuses to run as root.
	p.dir, p.as = homeOf(t, "postgres")
	data := filepath.Join(p.dir, "data")
	cmd := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C.UTF-8")
	cmd.Dir, cmd.SysProcAttr = p.dir, p.as
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	host, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		t.Fatal(err)
	}
	p.args = append([]string{
		"-D", data, "-k", p.dir, "-p", port, "-c", "listen_addresses=" + host,
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=1000",
	}, args...)
	p.Restart(t)
	return p
}

// Restart serves the same data at the same address again, after Stop or Kill,
// until the test ends.
func (p *Postgres) Restart(t testing.TB) {
	t.Helper()
	cmd := exec.Command(p.program, p.args...)
	cmd.Dir = p.dir
	if p.as != nil {
		as := *p.as
		cmd.SysProcAttr = &as
	}
	p.Process = run(t, cmd)
	p.end = syscall.SIGINT // SIGTERM would wait for the clients to leave
	ready := Program(t, "pg_isready", postgresPrograms)
	host, port, _ := net.SplitHostPort(p.Addr)
	Eventually(t, "PostgreSQL starts", func() error {
		out, err := exec.Command(ready, "-q", "-h", host, "-p", port).CombinedOutput()
		if err != nil {
			return fmt.Errorf("pg_isready: %w: %s", err, out)
		}
		return nil
	})
}

// homeOf makes a directory for a server that must not run as root, and says as
// whom it runs: where the test is root, as the named user.
func homeOf(t testing.TB, name string) (dir string, as *syscall.SysProcAttr) {
	t.Helper()
	if os.Getuid() != 0 {
		return t.TempDir(), nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir, whose parents only root may enter.
	if dir, err = os.MkdirTemp("", "cachier-"+name+"-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	return dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
