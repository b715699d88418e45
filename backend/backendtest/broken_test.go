package backendtest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
)

// brokenEnv names the broken store that a child process tests.
const brokenEnv = "CACHIER_TEST_BROKEN"

// TestBrokenStore fails on purpose, in a child process of the next test.
func TestBrokenStore(t *testing.T) {
	name := os.Getenv(brokenEnv)
	if name == "" {
		return // it runs in the child processes of TestTheSuiteCatches
	}
	for _, m := range mutants {
		if m.name == name {
			backendtest.Run(t, backendtest.Harness{
				New:    func(testing.TB) backend.Backend { return m.make() },
				Bubble: true, TooLarge: m.tooLarge,
			})
			return
		}
	}
	t.Fatalf("no broken store is called %q", name)
}

// A suite that nothing fails proves nothing: each of these stores breaks the
// contract in one way, and the case made for that has to say so, and why.
func TestTheSuiteCatches(t *testing.T) {
	if os.Getenv(brokenEnv) != "" {
		return // this is a child process
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestBrokenStore$/^"+m.area()+"$", "-test.timeout=1m")
			cmd.Env = append(os.Environ(), brokenEnv+"="+m.name)
			out, err := cmd.CombinedOutput()
			if _, failed := err.(*exec.ExitError); !failed {
				t.Fatalf("the suite passes it (%v):\n%s", err, out)
			}
			want := "--- FAIL: TestBrokenStore/" + strings.ReplaceAll(m.caught, " ", "_") + " "
			if !strings.Contains(string(out), want) || !strings.Contains(string(out), "why: ") {
				t.Errorf("no %q with its explanation in:\n%.3000s", want, out)
			}
		})
	}
}

// area is the first part of the name of the case that catches the mutant.
func (m mutant) area() string {
	area, _, _ := strings.Cut(m.caught, "/")
	return area
}
