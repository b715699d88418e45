package integration_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// disk mounts a file system of its own for a test. Where that isn't allowed the
// test fails if everything is required, and skips elsewhere.
func disk(t *testing.T, size string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=700,size="+size); err != nil {
		testserver.LeaveOut(t, "a disk of its own takes the right to mount one (root): %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// diskOutages are those of the disk under a store, where its directory is one.
func diskOutages(store string) map[string]func(t *testing.T) (backend.Locker, outage) {
	if store != "files" && store != "sqlite" {
		return nil
	}
	all := map[string]func(t *testing.T) (backend.Locker, outage){"really full": func(t *testing.T) (backend.Locker, outage) {
		dir := disk(t, "256m")
		return stores[store](t, dir), fullDisk(t, dir)
	}}
	if store == "files" { // SQLite has its files open, and so goes on writing through another mount
		all["really read-only"] = func(t *testing.T) (backend.Locker, outage) {
			dir := disk(t, "256m")
			return stores[store](t, dir), readOnlyDisk(t, filepath.Join(dir, "files"))
		}
	}
	return all
}

// fullDisk fills what is left of a disk with a file.
func fullDisk(t *testing.T, dir string) outage {
	filler := filepath.Join(dir, "filler")
	return outage{
		begin: func() {
			f, err := os.Create(filler)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = f.Close() }()
			block := make([]byte, 1<<20)
			for err == nil {
				_, err = f.Write(block) // the last one as far as there is room
			}
			if !errors.Is(err, syscall.ENOSPC) {
				t.Error(err)
			}
		},
		end: func() {
			if err := os.Remove(filler); err != nil {
				t.Error(err)
			}
		},
		errors: true,
	}
}

// readOnlyDisk makes a directory read-only, for root too, by a mount of itself
// on top.
func readOnlyDisk(t *testing.T, dir string) outage {
	return outage{
		begin: func() {
			err := syscall.Mount(dir, dir, "", syscall.MS_BIND, "")
			for deadline := time.Now().Add(time.Minute); err == nil; time.Sleep(time.Millisecond) {
				err = syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
				if !errors.Is(err, syscall.EBUSY) || time.Now().After(deadline) {
					break // else somebody is just writing
				}
				err = nil
			}
			if err != nil {
				t.Error(err)
			}
		},
		end: func() {
			if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		},
		errors: true,
	}
}
