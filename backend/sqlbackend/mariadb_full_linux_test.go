package sqlbackend_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
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
		testserver.LeaveOut(t, "a disk of its own takes the right to mount one (root): %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	must(t, os.Chown(dir, int(owner.Uid), int(owner.Gid)))
}

// A disk without room is ErrFull, and what was deleted is used again: as soon as
// InnoDB has purged it, which it does in the background.
func TestMariaDBFull(t *testing.T) {
	t.Parallel()
	s := startMariaDB(t)
	db := s.open(t, "")
	_, err := db.Exec("CREATE DATABASE small")
	must(t, err)
	var data string
	must(t, db.QueryRow("SELECT @@datadir").Scan(&data))
	disk(t, filepath.Join(data, "small"), "12m")
	b := over(t, s.openAt(t, strings.Replace(s.DSN, "/test", "/small", 1)), s.table())
	fill(t, b)
	must(t, b.Clear(t.Context(), ""))
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err := b.Set(t.Context(), "again", backend.Entry{Value: make([]byte, 100_000)})
		if err == nil {
			break
		}
		if !errors.Is(err, backend.ErrFull) || time.Since(start) > time.Minute {
			t.Fatalf("Set into what was cleared: %v", err)
		}
	}
}
