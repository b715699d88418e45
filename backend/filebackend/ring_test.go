package filebackend_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
)

func reader(t *testing.T, s *filebackend.Store) *filebackend.Reader {
	t.Helper()
	r, err := s.NewReader()
	must(t, err)
	t.Cleanup(r.Close)
	return r
}

// told is what a reader is told next.
func told(t *testing.T, r *filebackend.Reader) []backend.Event {
	t.Helper()
	events, err := r.Read()
	must(t, err)
	return events
}

func isGap(events []backend.Event) bool {
	return len(events) == 1 && events[0].Kind == backend.EventGap
}

// Around the ring, again and again, every event arrives as it was told.
func TestAroundTheRing(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	must(t, s.Set(ctx, "first", value("v")))
	r := reader(t, s)
	for i := range 2 * filebackend.RingLen / 350 {
		key := fmt.Sprint(i, "/", strings.Repeat("x", i%700))
		must(t, s.Delete(ctx, key))
		want := []backend.Event{{Kind: backend.EventDeleted, Key: key}}
		if got := told(t, r); !slices.Equal(got, want) {
			t.Fatalf("event %d: told of %.80v", i, got)
		}
	}
}

// Who is too slow is told that something was missed, and goes on from there.
func TestARingOverrun(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	must(t, s.Set(ctx, "k", value("v")))
	r := reader(t, s)
	long := "k" + strings.Repeat("x", 700)
	must(t, s.Set(ctx, long, value("v")))
	for range filebackend.RingLen / 700 {
		must(t, s.Delete(ctx, long))
	}
	if events := told(t, r); !isGap(events) {
		t.Errorf("told of %d events, want a gap", len(events))
	}
	must(t, s.Set(ctx, "k", value("v")))
	if events := told(t, r); len(events) != 1 || events[0].Key != "k" {
		t.Errorf("told of %v", events)
	}
}

// A damaged file of events is a gap, and works again after it.
func TestADamagedRing(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	for name, content := range map[string]string{"garbage": strings.Repeat("garbage", 1000), "empty": ""} {
		must(t, s.Set(ctx, "k", value("v")))
		r := reader(t, s)
		must(t, os.WriteFile(s.RingPath(), []byte(content), 0o600))
		_, _ = r.Read()
		must(t, s.Set(ctx, "k", value("v")))
		if events := told(t, r); !isGap(events) {
			t.Errorf("%s: told of %v, want a gap", name, events)
		}
		must(t, s.Delete(ctx, "k"))
		if events := told(t, r); len(events) != 1 || events[0].Kind != backend.EventDeleted {
			t.Errorf("%s: then told of %v", name, events)
		}
	}
	must(t, os.Remove(s.RingPath()))
	r := reader(t, s)
	must(t, s.Set(ctx, "k", value("v")))
	if events := told(t, r); len(events) == 0 {
		t.Error("told of nothing after the file was removed")
	}
}

// A record that is read while it is overwritten is noticed.
func TestReadingWhileTelling(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	must(t, s.Set(ctx, "k/0", value("v")))
	r := reader(t, s)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 3000 {
			if err := s.Delete(ctx, fmt.Sprintf("k/0%.*s", i%600, strings.Repeat("y", 600))); err != nil {
				t.Error(err)
			}
		}
	})
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		for _, ev := range told(t, r) {
			if ev.Kind != backend.EventGap && (ev.Kind != backend.EventDeleted || !strings.HasPrefix(ev.Key, "k/0")) {
				t.Errorf("told of %v %q", ev.Kind, ev.Key)
			}
		}
	}
}
