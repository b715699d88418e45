package sqlbackend_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/killing"
	"github.com/cachier-go/cachier/internal/testserver"
)

func init() { children["full disk"] = fullDisk }

// fullDisk is a process with a disk of its own, which it fills. Its argument is
// a directory to have it in.
func fullDisk(args []string) error {
	dir := args[0]
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		fmt.Println("no disk:", err)
		return nil
	}
	killing.Ready()
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, make([]byte, 1<<20), 0o600); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "cache.db")+recommended)
	if err != nil {
		return err
	}
	b, err := sqlbackend.New(db, nil)
	if err != nil {
		return err
	}
	ctx := context.Background()
	value := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 20_000) }
	stored := 0
	for err == nil && stored < 1000 {
		if err = b.Set(ctx, fmt.Sprint(stored), backend.Entry{Value: value(stored)}); err == nil {
			stored++
		}
	}
	if !errors.Is(err, backend.ErrFull) {
		return fmt.Errorf("after %d entries: %w", stored, err)
	}
	for i := range stored {
		if e, err := b.Get(ctx, fmt.Sprint(i)); err != nil || !bytes.Equal(e.Value, value(i)) {
			return fmt.Errorf("entry %d of %d: %d bytes, %w", i, stored, len(e.Value), err)
		}
	}
	if e, err := b.Get(ctx, fmt.Sprint(stored)); !errors.Is(err, backend.ErrNotFound) {
		return fmt.Errorf("what found no room: %d bytes, %w", len(e.Value), err)
	}
	// Somebody else makes room.
	if err := os.Remove(other); err != nil {
		return err
	}
	return b.Set(ctx, "again", backend.Entry{Value: value(0)})
}

// A disk without room is ErrFull, costs nothing that was stored, and is used
// again once there is room.
func TestFullDisk(t *testing.T) {
	c := killing.Command(t, "full disk", t.TempDir())
	// A namespace of its own needs no root, and takes the disk with it.
	c.Cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	if err := c.Cmd.Start(); err != nil {
		testserver.LeaveOut(t, "this machine allows no namespaces, so that there is no disk to fill: %v", err)
	}
	line, err := c.Out.ReadString('\n')
	must(t, err)
	if line != "ready\n" {
		c.Finish(t)
		testserver.LeaveOut(t, "this machine allows no mounts, so that there is no disk to fill: %s", line)
	}
	c.Finish(t)
}
