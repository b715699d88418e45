package cli_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// published is a program that had its functions called so often, and has ended.
func published(t *testing.T, b backend.Backend, instance string, calls map[string]int) {
	t.Helper()
	g := metrics.NewRegistry()
	for name, n := range calls {
		r := traffic.Recorder(t, g, name, metrics.RecorderOptions{})
		for range n {
			r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Millisecond, Age: metrics.Unknown})
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := fleet.Publish(ctx, b, g, &fleet.Options{Instance: instance, Labels: map[string]string{"region": "north"}}); err != nil {
		t.Fatal(err)
	}
}

func TestReport(t *testing.T) {
	at := "file:" + filepath.Join(t.TempDir(), "cache")
	b := create(t, at)
	published(t, b, "one", map[string]int{"users.fetch": 10, "orders.list": 1})
	published(t, b, "two", map[string]int{"users.fetch": 20})
	said := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := run(t, args...)
		if code != 0 || !strings.Contains(strings.Join(strings.Fields(stdout), " "), want) {
			t.Errorf("%v: %d\n%s%swant %s", args, code, stdout, stderr, want)
		}
	}
	said("0 live, 0 stale, 2 gone; from", "report", at)
	said("users.fetch 30", "report", at)
	said("orders.list 1", "report", at, "--since", "0")
	said("all 31", "report", at)
	said("two users.fetch 20", "report", at, "users.*", "--by", "instance,function")
	said("north – 31", "report", at, "--by", "region,version")
	said("Nothing here has a nonsense.", "report", at, "--by", "nonsense")
	said("Nothing was counted, asked for 60m00s.", "report", at, "nobody")
	said("Nothing was counted", "report", at, "--fleet", "other")
	said("users.fetch 30", "top", at, "--for", "1500ms", "--every", "1s")

	code, stdout, stderr := run(t, "report", at, "--json", "--since", "24h", "--by", "instance")
	var got struct {
		Since  float64
		From   time.Time
		Starts []struct{ Instance, State string }
		Groups []struct {
			By       map[string]string
			Calls    int
			Outcomes map[string]int
			HitRatio float64 `json:"hit_ratio"`
		}
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 {
		t.Fatalf("%d, %v, %s", code, err, stderr)
	}
	if got.Since != 86400 || got.From.IsZero() || len(got.Starts) != 2 || got.Starts[0].State != "gone" || len(got.Groups) != 2 ||
		got.Groups[0].By["instance"] != "two" || got.Groups[0].Calls != 20 || got.Groups[0].Outcomes["hit"] != 20 || got.Groups[0].HitRatio != 1 {
		t.Errorf("%s", stdout)
	}

	for want, args := range map[string][]string{
		"--since is":     {"report", at, "--since=-1s"},
		"none for a fle": {"report", at, "--fleet", "a/b"},
		"isn't there":    {"report", at + "x"},
		"--every is":     {"top", at, "--every", "1ms"},
		"--for is":       {"top", at, "--for", "0s"},
	} {
		if code, stdout, stderr := run(t, args...); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%v: %d\n%s%swant %s", args, code, stdout, stderr, want)
		}
	}
}
