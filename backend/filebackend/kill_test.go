package filebackend_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/internal/killing"
)

// killOptions has a bound that is near enough for the writers to evict.
var killOptions = &filebackend.Options{MaxBytes: 4 << 20}

var trial = killing.Trial{
	Open:    func(args []string) (backend.Locker, error) { return filebackend.New(args[0], killOptions) },
	Writers: 3, Kills: 40, Early: 7, Pause: 60 * time.Millisecond,
	Keys: 40, Lease: 200 * time.Millisecond, Size: killSize,
}

// killSize is now and then too much for one write.
func killSize(r *rand.Rand) int {
	if r.IntN(20) == 0 {
		return 300_000
	}
	return r.IntN(20_000)
}

// Several processes write while each is killed at some moment or other. No reader
// ever gets what was not stored, and nothing is left that hinders anybody.
func TestKills(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), killOptions)
	trial.Kill(t, s, s.Dir())

	var stored int64
	for info, err := range s.List(ctx, "") {
		must(t, err)
		file, err := os.Stat(s.EntryPath(info.Key))
		must(t, err)
		stored += file.Size()
	}
	u, err := s.Size(ctx, "")
	must(t, err)
	if u.Bytes != stored {
		t.Errorf("Size says %+v, there are %d bytes", u, stored)
	}

	trial.Reclaim(t, s)
	old := time.Now().Add(-2 * filebackend.Youngest)
	temps := left(t, s, "*.tmp")
	for _, path := range temps {
		must(t, os.Chtimes(path, old, old))
	}
	_, err = s.Cleanup(ctx, "")
	must(t, err)
	t.Logf("%d temporary files were left over", len(temps))
	for _, pattern := range []string{"*.tmp", "*.lease", "*.entry"} {
		if files := left(t, s, pattern); len(files) != 0 {
			t.Errorf("left over: %s", filepath.Base(files[0]))
		}
	}
}
