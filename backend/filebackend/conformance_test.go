package filebackend_test

import (
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/filebackend"
)

func TestConformance(t *testing.T) {
	backendtest.Run(t, backendtest.Harness{
		New: func(t testing.TB) backend.Backend { return open(t, t.TempDir(), nil) },
		Another: func(t testing.TB, b backend.Backend) backend.Backend {
			return open(t, b.(*filebackend.Store).Dir(), nil)
		},
	})
}

// The same with a bound that some of what is stored in there doesn't fit.
func TestConformanceTooLarge(t *testing.T) {
	backendtest.Run(t, backendtest.Harness{
		New: func(t testing.TB) backend.Backend {
			return open(t, t.TempDir(), &filebackend.Options{MaxBytes: 64 << 20})
		},
		Large: 31 << 20, TooLarge: 33 << 20,
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
