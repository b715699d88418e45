package filebackend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
	"unsafe"

	"github.com/cachier-go/cachier/backend"
)

const supported = true

// renamesOpen: not here; but nobody can remove what is open either.
const renamesOpen = false

const readChunk = 8 << 20

// openRead opens a file so that others can replace and delete it meanwhile.
func openRead(path string) (*os.File, int64, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errNotRegular
	}
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, 0, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ,
		syscall.FILE_SHARE_READ|syscall.FILE_SHARE_WRITE|syscall.FILE_SHARE_DELETE, nil,
		syscall.OPEN_EXISTING, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, 0, &os.PathError{Op: "open", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(h), path)
	if info, err = f.Stat(); err != nil {
		_ = f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

func readFile(ctx context.Context, path string) ([]byte, error) {
	f, length, err := openRead(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, length)
	for n := 0; n < len(b); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, err := f.Read(b[n:min(len(b), n+readChunk)])
		n += m
		if err == io.EOF {
			return b[:n], nil
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

func readStart(path string, buf []byte) (int, int64, error) {
	f, length, err := openRead(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = f.Close() }()
	n, err := io.ReadFull(f, buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, length, err
}

var (
	kernel32     = syscall.NewLazyDLL("kernel32.dll")
	lockFileEx   = kernel32.NewProc("LockFileEx")
	unlockFileEx = kernel32.NewProc("UnlockFileEx")
)

const (
	exclusively     = 2 // LOCKFILE_EXCLUSIVE_LOCK
	failImmediately = 1 // LOCKFILE_FAIL_IMMEDIATELY

	errLockViolation = syscall.Errno(33)
	errSharing       = syscall.Errno(32)
	errHandleFull    = syscall.Errno(39)
	errDiskFull      = syscall.Errno(112)
)

// farAway is where the locked byte is: locks are mandatory on Windows, and
// nobody reads there.
var farAway = syscall.Overlapped{OffsetHigh: 0x7fffffff}

func tryLock(f *os.File) (bool, error) {
	at := farAway
	ok, _, err := lockFileEx.Call(f.Fd(), exclusively|failImmediately, 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	switch {
	case ok != 0:
		return true, nil
	case err == errLockViolation || err == syscall.ERROR_IO_PENDING:
		return false, nil
	}
	return false, err
}

func unlock(f *os.File) {
	at := farAway
	_, _, _ = unlockFileEx.Call(f.Fd(), 0, 1, 0, uintptr(unsafe.Pointer(&at)))
}

// unlinked: an open file keeps its name here.
func unlinked(*os.File) bool { return false }

// rename replaces the file to. While somebody reads that, Windows refuses, for a
// moment.
func rename(from, to string) error {
	for wait := time.Millisecond; ; wait *= 2 {
		err := os.Rename(from, to)
		busy := errors.Is(err, syscall.ERROR_ACCESS_DENIED) || errors.Is(err, errSharing)
		if !busy || wait > 200*time.Millisecond {
			return err
		}
		time.Sleep(wait)
	}
}

// unsafeDir: who may write is in access control lists, which aren't looked at.
func unsafeDir(fs.FileInfo) string { return "" }

func full(err error) error {
	if errors.Is(err, errDiskFull) || errors.Is(err, errHandleFull) {
		return fmt.Errorf("%w: %w", backend.ErrFull, err)
	}
	return err
}

func readOnly(err error) bool { return errors.Is(err, syscall.Errno(19)) } // ERROR_WRITE_PROTECT
