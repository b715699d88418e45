package sqlbackend_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk mounts a disk of a few MiB, that belongs to who owns its directory, until
// the test ends.
func disk(t *testing.T, dir, size string) {
	t.Helper()
	info, err := os.Stat(dir)
	must(t, err)
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("%T", info.Sys())
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Skipf("this user may mount nothing, so that there is no disk to fill: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	must(t, os.Chown(dir, int(owner.Uid), int(owner.Gid)))
}

func TestFullPostgreSQL(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	db := s.open(t, "")
	var data string
	must(t, db.QueryRow("SHOW data_directory").Scan(&data))
	small := filepath.Join(filepath.Dir(data), "small")
	must(t, os.Mkdir(small, 0o700))
	info, err := os.Stat(data)
	must(t, err)
	owner, _ := info.Sys().(*syscall.Stat_t)
	must(t, os.Chown(small, int(owner.Uid), int(owner.Gid)))
	disk(t, small, "8m")
	_, err = db.Exec("CREATE TABLESPACE small LOCATION '" + small + "'")
	must(t, err)
	other := filepath.Join(small, "other")
	must(t, os.WriteFile(other, make([]byte, 1<<20), 0o600))
	b := over(t, s.open(t, "default_tablespace=small"), s.table())
	fill(t, b)
	must(t, os.Remove(other)) // somebody else makes room
	must(t, b.Set(t.Context(), "again", entryOf(100_000)))
}

func TestFullMariaDB(t *testing.T) {
	t.Parallel()
	s := startMariaDB(t)
	db := s.open(t, "")
	_, err := db.Exec("CREATE DATABASE small")
	must(t, err)
	var data string
	must(t, db.QueryRow("SELECT @@datadir").Scan(&data))
	disk(t, filepath.Join(data, "small"), "12m")
	b := over(t, s.openAt(t, strings.Replace(s.dsn, "/test", "/small", 1)), s.table())
	fill(t, b)
	must(t, b.Clear(t.Context(), ""))
	must(t, b.Set(t.Context(), "again", entryOf(100_000)))
}
