//go:build unix

package cli_test

import (
	"strings"
	"testing"
)

// startsBadly expects every command on stores that can't be reached to say in
// one line what is wrong, and not to tell a password. The stores' URLs are by
// what is to be said.
func startsBadly(t *testing.T, urls map[string]string) {
	t.Helper()
	for names, url := range urls {
		for _, args := range [][]string{{"ls", url}, {"size", url}, {"clear", url, "--all", "--yes"}, {"gc", url}, {"demo", "--backend", url}} {
			code, stdout, stderr := run(t, args...)
			if code != 2 || !strings.Contains(stderr, "can't be reached") || !strings.Contains(stderr, names) ||
				strings.Count(stderr, "\n") != 1 || strings.Contains(stdout+stderr, secret) {
				t.Errorf("%s: %d\n%s%swant it to name %s", args[0], code, stdout, stderr, names)
			}
		}
	}
}
