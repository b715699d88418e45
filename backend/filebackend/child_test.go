package filebackend_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// The tests that need other processes start this binary again, with a role.
const (
	childEnv = "CACHIER_TEST_CHILD"
	dirEnv   = "CACHIER_TEST_DIR"
	seedEnv  = "CACHIER_TEST_SEED"
)

// roles are what a child process does; it is told the directory.
var roles = map[string]func(t testing.TB, dir string){
	"hold": hold, "writer": writer, "cold key": coldKey,
}

// TestChild is the child process.
func TestChild(t *testing.T) {
	role := os.Getenv(childEnv)
	if role == "" {
		t.Skip("runs in child processes of other tests")
	}
	roles[role](t, os.Getenv(dirEnv))
}

// child prepares a child process.
func child(t testing.TB, role, dir string, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestChild$", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), childEnv+"="+role, dirEnv+"="+dir)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = os.Stderr
	return cmd
}

// inChild runs a role to its end, which has to be a good one.
func inChild(t testing.TB, role, dir string) {
	t.Helper()
	cmd := child(t, role, dir)
	cmd.Stderr = nil
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("in a process of its own: %v\n%s", err, out)
	}
}

func contextWithin(t testing.TB, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, nil)
	return ctx, cancel
}
