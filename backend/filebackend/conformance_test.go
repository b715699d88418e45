package filebackend_test

import (
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/filebackend"
)

// The bound is such that all that the suite stores fits, and one entry doesn't.
func TestConformance(t *testing.T) {
	o := &filebackend.Options{MaxBytes: 16 << 20}
	backendtest.Run(t, backendtest.Harness{
		New:     func(t testing.TB) backend.Backend { return open(t, t.TempDir(), o) },
		Another: func(t testing.TB, b backend.Backend) backend.Backend { return open(t, b.(*filebackend.Store).Dir(), o) },
		Large:   7 << 20, TooLarge: 9 << 20,
	})
}

func open(t testing.TB, dir string, o *filebackend.Options) *filebackend.Store {
	t.Helper()
	s, err := filebackend.New(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
