package location

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/cachier-go/cachier/backend/filebackend"
)

func (l Location) openFiles() (*Store, error) {
	info, err := l.stat()
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, l.wrong(nil, "is no directory; for a SQLite database use sqlite:%s", l.Path)
	}
	d, err := os.Open(l.Path)
	if err != nil {
		return nil, l.unreadable(err)
	}
	_ = d.Close()
	if !isCache(l.Path) {
		return nil, l.wrong(nil, "is a directory, but no cache: it was not made by cachier; nothing in it was touched")
	}
	return l.files()
}

// createFiles takes a new or an empty directory, or a cache.
func (l Location) createFiles() (*Store, error) {
	if list, err := os.ReadDir(l.Path); err == nil && len(list) > 0 && !isCache(l.Path) {
		return nil, l.wrong(nil, "is a directory with other things in it; want a new or empty one, or a cache")
	}
	return l.files()
}

func (l Location) files() (*Store, error) {
	// The bound is a matter of who writes results; here nothing is to be removed
	// but what is asked for.
	s, err := filebackend.New(l.Path, &filebackend.Options{MaxBytes: -1})
	if err != nil {
		return nil, l.unreadable(err)
	}
	return &Store{Backend: s, Location: l}, nil
}

// isCache says whether filebackend made the directory: by the tag that it
// leaves, or where that was lost, by a lock file of one of its directories.
func isCache(dir string) bool {
	if tag, err := os.ReadFile(filepath.Join(dir, "CACHEDIR.TAG")); err == nil && bytes.Contains(tag, []byte("Made by cachier for Go")) {
		return true
	}
	locks, err := filepath.Glob(filepath.Join(escape(dir), "v[0-9]", "[0-9a-f][0-9a-f]", "lock"))
	return err == nil && len(locks) > 0
}

// escape takes the meaning from what would be a pattern in a path.
func escape(path string) string {
	if filepath.Separator == '\\' {
		return path // there is no escaping there
	}
	var b bytes.Buffer
	for _, c := range []byte(path) {
		if bytes.IndexByte([]byte(`*?[\`), c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
