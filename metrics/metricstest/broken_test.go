package metricstest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// The suite finds nothing wrong with an exporter that is right.
func TestConformance(t *testing.T) {
	metricstest.Run(t, metricstest.Harness{
		New: func(testing.TB) (metrics.Exporter, metricstest.Target) { return newExporter(faults{}) },
	})
}

// brokenEnv names the wrong exporter that a child process tests.
const brokenEnv = "CACHIER_TEST_BROKEN"

// TestWrongExporter fails on purpose, in a child process of the next test.
func TestWrongExporter(t *testing.T) {
	name := os.Getenv(brokenEnv)
	if name == "" {
		return // it runs in the child processes of TestTheSuiteCatches
	}
	metricstest.Hurry()
	for _, w := range wrong {
		if w.name == name {
			metricstest.Run(t, metricstest.Harness{
				New: func(testing.TB) (metrics.Exporter, metricstest.Target) { return newExporter(w.faults) },
			})
			return
		}
	}
	t.Fatalf("no wrong exporter is called %q", name)
}

// A suite that nothing fails proves nothing: each of these exporters is wrong in
// one way, and the case made for that has to say so, and why.
func TestTheSuiteCatches(t *testing.T) {
	if os.Getenv(brokenEnv) != "" {
		return // this is a child process
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			area, one, _ := strings.Cut(strings.ReplaceAll(w.caught, " ", "_"), "/")
			cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestWrongExporter$/^"+area+"$/^"+one+"$", "-test.timeout=1m")
			cmd.Env = append(os.Environ(), brokenEnv+"="+w.name)
			out, err := cmd.CombinedOutput()
			if _, failed := err.(*exec.ExitError); !failed {
				t.Fatalf("the suite passes it (%v):\n%s", err, out)
			}
			want := "--- FAIL: TestWrongExporter/" + area + "/" + one + " "
			if !strings.Contains(string(out), want) || !strings.Contains(string(out), "why: ") {
				t.Errorf("no %q with its explanation in:\n%.3000s", want, out)
			}
		})
	}
}
