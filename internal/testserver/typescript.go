//go:build unix

package testserver

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TypeScript checks the types of a program, which may import @grafana/schema, and
// returns what the compiler complains of.
func TypeScript(t testing.TB, program []byte) (complaints string) {
	t.Helper()
	tsc := filepath.Join(builtServers(), "tsc") // one that the system has lacks the schema
	if _, err := os.Stat(tsc); err != nil {
		LeaveOut(t, "TypeScript and Grafana's schema are missing: run `make setup`")
	}
	dir := t.TempDir()
	if err := os.Symlink(tsc+".npm/lib/node_modules", filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "program.ts")
	if err := os.WriteFile(file, program, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tsc, "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", file)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out) + err.Error()
	}
	return ""
}
