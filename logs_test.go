package cachier_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
)

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// lines takes what was logged so far.
func (j *journal) lines() (lines []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		lines = append(lines, strings.TrimSpace(line))
	}
	j.text.Reset()
	return lines
}

// Failures that no caller sees are logged, each kind once a minute.
func TestLogging(t *testing.T) {
	bubble(t, "is limited", func(t *testing.T) {
		var log journal
		var s source
		f := newFunc(t, s.get, cachier.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
			cachier.WithBackend(&hooked{Store: membackend.New(), onSet: func(context.Context, int) error { return errDown }}))
		for i := range 3 { // not so many that the backend is left alone
			key := fmt.Sprint("ann@example.com ", i)
			answers(t, f, key, key+"#1")
		}
		lines := log.lines()
		if len(lines) != 1 || !strings.Contains(lines[0], `msg="cachier: set failed" cache=test`) || !strings.Contains(lines[0], "down") {
			t.Errorf("logged %q", lines)
		}
		time.Sleep(time.Minute)
		answers(t, f, "b", "b#1")
		more := log.lines()
		if len(more) != 1 || !strings.Contains(more[0], "suppressed=2") {
			t.Errorf("after a minute: %q", more)
		}
		if strings.Contains(fmt.Sprint(lines, more), "ann@") {
			t.Errorf("a key was logged: %q", lines)
		}
	})
	bubble(t, "of refreshes in the background", func(t *testing.T) {
		var log journal
		var s source
		f := newFunc(t, s.get, cachier.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
			cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		s.set(down)
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Second)
		if lines := log.lines(); len(lines) != 1 || !strings.Contains(lines[0], "refresh in the background failed") {
			t.Errorf("logged %q", lines)
		}
	})
	t.Run("of panics", func(t *testing.T) {
		for _, opts := range [][]cachier.Option{nil, {cachier.WithKeysRevealed()}} {
			var log journal
			f := newFunc(t, func(context.Context, string) (int, error) { panic("boom") },
				append(opts, cachier.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))...)
			for range 3 {
				recovered(func() { _, _ = f.Call(t.Context(), "ann@example.com") })
			}
			lines := log.lines()
			if len(lines) != 1 || !strings.Contains(lines[0], "panic=boom") {
				t.Errorf("logged %q", lines)
			}
			if revealed := strings.Contains(fmt.Sprint(lines), "ann@"); revealed != (opts != nil) {
				t.Errorf("with %d options the key is revealed: %v", len(opts), revealed)
			}
		}
	})
	bubble(t, "not of what the callers see", func(t *testing.T) {
		var log journal
		s := source{then: down}
		f := newFunc(t, s.get, cachier.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		_, _ = f.Call(t.Context(), "a")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = f.Call(ctx, "a")
		synctest.Wait()
		time.Sleep(time.Minute)
		if lines := log.lines(); len(lines) != 0 {
			t.Errorf("logged %q", lines)
		}
	})
}

func TestDefaultLogger(t *testing.T) {
	var log journal
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	f := cachier.Must(cachier.New("TestDefaultLogger", func(context.Context, int) (int, error) { panic("boom") }))
	recovered(func() { _, _ = f.Call(t.Context(), 1) })
	if lines := log.lines(); len(lines) != 1 || !strings.Contains(lines[0], "cache=TestDefaultLogger") {
		t.Errorf("logged %q", lines)
	}
}
