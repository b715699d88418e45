//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package filebackend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/cachier-go/cachier/backend"
)

const supported = true

// renamesOpen says that a file can be renamed while it is open.
const renamesOpen = true

// readChunk is how much of a file is read or written between two looks at the
// context.
const readChunk = 8 << 20

// openRead opens a file without following a link and without waiting for the
// other end of a pipe. It goes past package os, which would ask the system
// whether a regular file can be polled, each time.
func openRead(path string) (int, syscall.Stat_t, error) {
	var st syscall.Stat_t
	var fd int
	err := again(func() (err error) {
		fd, err = syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		return err
	})
	if err != nil {
		if err == syscall.ELOOP || err == syscall.EMLINK {
			return -1, st, errNotRegular
		}
		return -1, st, err
	}
	err = again(func() error { return syscall.Fstat(fd, &st) })
	if err == nil && uint32(st.Mode)&syscall.S_IFMT != syscall.S_IFREG {
		err = errNotRegular
	}
	if err != nil {
		_ = syscall.Close(fd)
		return -1, st, err
	}
	return fd, st, nil
}

// again repeats a system call that a signal interrupted.
func again(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}

// readFile returns what is in a regular file.
func readFile(ctx context.Context, path string) ([]byte, error) {
	fd, st, err := openRead(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = syscall.Close(fd) }()
	b := make([]byte, st.Size)
	n := 0
	for n < len(b) {
		if n > 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		m, err := syscall.Read(fd, b[n:min(len(b), n+readChunk)])
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return nil, err
		case m == 0:
			return b[:n], nil
		default:
			n += m
		}
	}
	return b, nil
}

// readStart reads the beginning of a regular file into buf; it returns how much
// that is and how long the file is.
func readStart(path string, buf []byte) (n int, length int64, err error) {
	fd, st, err := openRead(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = syscall.Close(fd) }()
	err = again(func() (err error) {
		n, err = syscall.Read(fd, buf)
		return err
	})
	return max(n, 0), st.Size, err
}

// tryLock takes the lock on an open file, unless another open file has it.
func tryLock(f *os.File) (bool, error) {
	err := again(func() error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) })
	if err == syscall.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}

// unlock gives up the lock on an open file. To close it does that, too.
func unlock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// unlinked says that the open file has no name any more.
func unlinked(f *os.File) bool {
	var st syscall.Stat_t
	return syscall.Fstat(int(f.Fd()), &st) == nil && st.Nlink == 0
}

// rename replaces the file to.
func rename(from, to string) error {
	if err := again(func() error { return syscall.Rename(from, to) }); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// unsafeDir says why others could write to a directory.
func unsafeDir(info fs.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int64(st.Uid) != int64(os.Geteuid()) {
		return fmt.Sprintf("belongs to the user %d, not to %d", st.Uid, os.Geteuid())
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Sprintf("may be written to by others (mode %o)", mode)
	}
	return ""
}

// full adds what the contract calls it to the error of a disk that is full.
func full(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", backend.ErrFull, err)
	case errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: %w", backend.ErrTooLarge, err)
	}
	return err
}

func readOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
