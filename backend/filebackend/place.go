package filebackend

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Where things are. All names are of lower-case letters and digits, so that no
// file system can take two of them for one.
const (
	layout     = "v1" // changes when older releases couldn't make sense of the files
	lockName   = "lock"
	ringName   = "events"
	entryExt   = ".entry"
	leaseExt   = ".lease"
	tempExt    = ".tmp"
	shardCount = 256
	nameLen    = 32

	dirMode  = 0o700
	fileMode = 0o600
)

// cacheTag tells backup programs that nothing here is worth keeping
// (https://bford.info/cachedir/).
const cacheTag = "Signature: 8a477f597d28d172789f06886806bc55\n" +
	"# Made by cachier for Go. What is in here can be deleted at any time.\n"

// spot is where the files of a key are.
type spot struct {
	shard uint8
	name  string // without extension
}

// place hashes a key: 8 bits of the hash for the directory, 128 for the name.
func place(key string) spot {
	sum := sha256.Sum256([]byte(key))
	return spot{sum[0], hex.EncodeToString(sum[1 : 1+nameLen/2])}
}

const separator = string(filepath.Separator)

func (s *Store) shardDir(shard uint8) string {
	return s.root + separator + hex.EncodeToString([]byte{shard})
}

func (s *Store) path(p spot, ext string) string {
	const digits = "0123456789abcdef"
	return s.root + separator + digits[p.shard>>4:][:1] + digits[p.shard&15:][:1] + separator + p.name + ext
}

// named says whether a file name is one of ours with that extension, and returns
// the part before.
func named(name, ext string) (string, bool) {
	base, ok := strings.CutSuffix(name, ext)
	if !ok || len(base) < nameLen {
		return "", false
	}
	for _, c := range []byte(base[:nameLen]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", false
		}
	}
	if ext == tempExt {
		return base, len(base) > nameLen && base[nameLen] == '.'
	}
	return base, len(base) == nameLen
}

// prepare makes the directories that all shards are in, as far as they aren't
// there, and refuses them if somebody else could write to them.
func (s *Store) prepare() error {
	if err := os.MkdirAll(s.dir, dirMode); err != nil {
		return fmt.Errorf("filebackend: %w", err)
	}
	if err := checkDir(s.dir); err != nil {
		return err
	}
	tag := filepath.Join(s.dir, "CACHEDIR.TAG")
	if f, err := os.OpenFile(tag, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode); err == nil {
		_, _ = f.WriteString(cacheTag) // a courtesy; the cache works without
		_ = f.Close()
	}
	if err := os.Mkdir(s.root, dirMode); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("filebackend: %w", err)
	}
	return checkDir(s.root)
}

// makeShard makes the directory of a shard.
func (s *Store) makeShard(shard uint8) error {
	dir := s.shardDir(shard)
	err := os.Mkdir(dir, dirMode)
	if errors.Is(err, os.ErrNotExist) { // all is gone
		if err := s.prepare(); err != nil {
			return err
		}
		err = os.Mkdir(dir, dirMode)
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		return full(err)
	}
	return nil
}

// checkDir returns an error unless dir is a directory of this user alone.
func checkDir(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("filebackend: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("filebackend: %s is not a directory", dir)
	}
	if why := unsafeDir(info); why != "" {
		return fmt.Errorf("filebackend: the directory %s %s: whoever writes there decides what cached functions return; use a directory of this user alone (chmod 700)", dir, why)
	}
	return nil
}
