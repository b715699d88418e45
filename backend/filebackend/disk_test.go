//go:build linux

package filebackend_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// smallDisk mounts a file system of 512 KiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	must(t, os.Mkdir(dir, 0o700))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=512k,mode=700"); err != nil {
		testserver.LeaveOut(t, "a small disk takes the right to mount one: %v", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// A full disk refuses what is new with ErrFull, and serves, deletes and frees
// what is there.
func TestAFullDisk(t *testing.T) {
	ctx := t.Context()
	s := open(t, smallDisk(t), nil)
	held, err := s.Lock(ctx, "k/0", time.Hour)
	must(t, err)
	stored := 0
	for ; ; stored++ {
		err = s.Set(ctx, fmt.Sprintf("k/%d", stored+1), backend.Entry{Value: make([]byte, 20_000)})
		if err != nil {
			break
		}
		if stored > 100 {
			t.Fatal("the disk doesn't get full")
		}
	}
	wantErr(t, "Set", err, backend.ErrFull)
	wantErr(t, "Set", err, syscall.ENOSPC)
	for errFill := error(nil); errFill == nil; { // the last blocks, too
		errFill = s.Set(ctx, fmt.Sprintf("tiny/%d", time.Now().UnixNano()), value("v"))
	}
	wantErr(t, "Commit", held.Commit(ctx, backend.Entry{Value: make([]byte, 20_000)}), backend.ErrFull)
	must(t, held.Fail(ctx)) // a lease that can't store can still say so
	if temps := left(t, s, "*.tmp"); len(temps) != 0 {
		t.Errorf("temporary files are left: %v", temps)
	}
	for i := range stored {
		e, err := s.Get(ctx, fmt.Sprintf("k/%d", i+1))
		if err != nil || len(e.Value) != 20_000 {
			t.Errorf("Get: %d bytes, %v", len(e.Value), err)
		}
	}
	u, err := s.Size(ctx, "k/")
	must(t, err)
	if u.Entries != int64(stored) {
		t.Errorf("Size counts %d entries, want %d", u.Entries, stored)
	}
	must(t, s.Delete(ctx, "k/1"))
	_, err = s.Get(ctx, "k/1")
	wantErr(t, "Get", err, backend.ErrNotFound)
	must(t, s.Set(ctx, "k/1", value("again")))
	must(t, s.Clear(ctx, ""))
	for range s.List(ctx, "") {
		t.Error("something is left after Clear")
	}
	must(t, s.Set(ctx, "k/1", backend.Entry{Value: make([]byte, 20_000)}))
}

// A disk that was remounted read-only serves what is there.
func TestAReadOnlyDisk(t *testing.T) {
	ctx := t.Context()
	dir := smallDisk(t)
	s := open(t, dir, nil)
	must(t, s.Set(ctx, "k", value("v")))
	must(t, s.Close())
	must(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	s = open(t, dir, nil)
	holds(t, s, "k", "v")
	for what, err := range map[string]error{"Set": s.Set(ctx, "k", value("w")), "Delete": s.Delete(ctx, "k"), "Clear": s.Clear(ctx, "")} {
		if !errors.Is(err, syscall.EROFS) {
			t.Errorf("%s: %v", what, err)
		}
	}
	n := 0
	for _, err := range s.List(ctx, "") {
		must(t, err)
		n++
	}
	if n != 1 {
		t.Errorf("List yields %d entries", n)
	}
	if _, err := filebackend.New(filepath.Join(dir, "new"), nil); !errors.Is(err, syscall.EROFS) {
		t.Errorf("New where nothing can be made: %v", err)
	}
}
