//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package filebackend

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// supported: where files can't be locked, New says so, and the rest of this file
// is never called.
const supported = false

const renamesOpen = false

const readChunk = 8 << 20

func readFile(context.Context, string) ([]byte, error) { return nil, errors.ErrUnsupported }
func readStart(string, []byte) (int, int64, error)     { return 0, 0, errors.ErrUnsupported }
func tryLock(*os.File) (bool, error)                   { return false, errors.ErrUnsupported }
func unlock(*os.File)                                  {}
func unlinked(*os.File) bool                           { return false }
func rename(from, to string) error                     { return os.Rename(from, to) }
func unsafeDir(fs.FileInfo) string                     { return "" }
func full(err error) error                             { return err }
func readOnly(error) bool                              { return false }
