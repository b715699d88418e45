package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/membackend"
)

// spanless is a store that refuses to say what was counted in spans, and counts how
// often it is asked.
type spanless struct {
	backend.Locker
	asked atomic.Int32
}

func (s *spanless) Get(ctx context.Context, key string) (backend.Entry, error) {
	if key == rosterKey || key == foldedKey || strings.HasSuffix(key, "/total") {
		return s.Locker.Get(ctx, key)
	}
	s.asked.Add(1)
	return backend.Entry{}, errOutage
}

// A window asks for nothing more after the first error, which it returns.
func TestWindowStopsAtAnError(t *testing.T) {
	const starts = 40
	store := &spanless{Locker: membackend.New()}
	for i := range starts {
		begin(t, store, fmt.Sprint(i), 1)
	}
	v, err := fleet.NewView(store, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Window(t.Context(), time.Hour); !errors.Is(err, errOutage) {
		t.Error(err)
	}
	if n := int(store.asked.Load()); n > 2*max(2, runtime.GOMAXPROCS(0)) {
		t.Errorf("it asked %d times", n)
	}
	over, stop := context.WithCancel(t.Context())
	stop()
	if _, err := v.Window(over, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
