package filebackend

import (
	"fmt"
	"os"
	"path/filepath"
)

// Options are the settings of a [Store]. A nil *Options and the zero value mean
// the defaults.
type Options struct {
	// MaxBytes bounds what the entries use of the disk, in bytes, each file
	// counted in whole blocks of 4 KiB. When it comes near the bound, a Set
	// removes the entries that were stored longest ago, about a tenth of all;
	// while several processes write at once it may be passed by a few percent.
	// An entry of more than half of it is refused with backend.ErrTooLarge.
	//
	// Zero: 1 GiB. Negative: no bound. The least bound is 64 KiB. All who share a
	// directory should use the same.
	MaxBytes int64
}

const (
	defaultMaxBytes = 1 << 30
	minMaxBytes     = 64 << 10
)

// maxBytes is the bound to keep; 0: none.
func (o *Options) maxBytes() (int64, error) {
	switch {
	case o == nil || o.MaxBytes == 0:
		return defaultMaxBytes, nil
	case o.MaxBytes < 0:
		return 0, nil
	case o.MaxBytes < minMaxBytes:
		return 0, fmt.Errorf("filebackend: Options.MaxBytes is %d, the least is %d; negative means no bound", o.MaxBytes, minMaxBytes)
	default:
		return o.MaxBytes, nil
	}
}

// DefaultDir is the directory that New uses if it is given none: cachier in the
// user's cache directory, see [os.UserCacheDir] ($XDG_CACHE_HOME or ~/.cache on
// Linux). An error says that the user has none.
func DefaultDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("filebackend: this user has no cache directory (%w): give filebackend.New the option dir, a directory to use", err)
	}
	return filepath.Join(dir, "cachier"), nil
}
