package losses_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/export/internal/losses"
)

// A context that was cancelled is no news; one that ran out of time is, also when
// cancelling was how that was brought about.
func TestFailed(t *testing.T) {
	late := fmt.Errorf("%w: %w", context.DeadlineExceeded, context.Canceled)
	for _, test := range []struct {
		err  error
		news bool
	}{{errors.New("told to fail"), true}, {context.DeadlineExceeded, true}, {late, true}, {fmt.Errorf("put: %w", context.Canceled), false}} {
		var log bytes.Buffer
		n := losses.Notice{Logger: slog.New(slog.NewTextHandler(&log, nil)), Text: "it failed"}
		n.Failed(test.err)
		if got := strings.Contains(log.String(), "it failed"); got != test.news {
			t.Errorf("%v: the log says %q", test.err, log.String())
		}
	}
}

// A target that is away for long is one line a minute, which says how many it
// stands for.
func TestOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		n := losses.Notice{Logger: slog.New(slog.NewTextHandler(&log, nil)), Text: "it failed", Args: []any{"addr", "here"}}
		for range 15 { // every ten seconds
			n.Failed(errors.New("told to fail"))
			time.Sleep(10 * time.Second)
		}
		var got []string
		for line := range strings.Lines(log.String()) {
			_, text, _ := strings.Cut(line, "msg=")
			got = append(got, strings.TrimSpace(text))
		}
		line := `"it failed" addr=here err="told to fail" suppressed=`
		if want := []string{line + "0", line + "5", line + "5"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
