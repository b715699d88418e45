package sqlbackend_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// A tablespace without room is ErrFull, costs nothing that was stored, and is
// used again once there is room.
func TestPostgreSQLFull(t *testing.T) {
	t.Parallel()
	s := startPostgres(t)
	var data string
	must(t, s.open(t, "", 1).QueryRow("SHOW data_directory").Scan(&data))
	disk := filepath.Join(filepath.Dir(data), "disk") // where the server may go
	must(t, os.Mkdir(disk, 0o700))
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=4m"); err != nil {
		testserver.LeaveOut(t, "a disk of its own takes the right to mount one (root): %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	owner, err := os.Stat(data)
	must(t, err)
	stat := owner.Sys().(*syscall.Stat_t)
	other := filepath.Join(disk, "other")
	must(t, os.WriteFile(other, make([]byte, 1<<20), 0o600))
	space := filepath.Join(disk, "space")
	must(t, os.Mkdir(space, 0o700))
	for _, path := range []string{disk, space} {
		must(t, os.Chown(path, int(stat.Uid), int(stat.Gid)))
	}
	s.exec(t, "CREATE TABLESPACE small LOCATION '"+space+"'")
	b := over(t, s.open(t, "&default_tablespace=small", 4), nil)
	fill(t, b)
	// Somebody else makes room.
	must(t, os.Remove(other))
	must(t, b.Set(t.Context(), "again", backend.Entry{Value: incompressible(0, 20_000)}))
	// So does what was deleted, once the server has tidied up.
	must(t, b.Clear(t.Context(), ""))
	s.exec(t, "VACUUM cachier_entries")
	must(t, b.Set(t.Context(), "again", backend.Entry{Value: incompressible(0, 1<<20)}))
}
