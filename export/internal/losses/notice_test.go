package losses_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

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
