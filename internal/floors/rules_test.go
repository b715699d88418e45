package floors_test

import (
	"path"
	"strings"
)

const module = "github.com/cachier-go/cachier"

// A part is a piece of the tree with one floor. Packages below one part's directory may import one another.
type part struct {
	dir   string   // directories; * is one path element; the longest pattern that fits wins
	floor int      // a part imports only parts of lower floors
	only  []string // if set, the parts of ours that it may import, also those of its own floor
	std   bool     // imports nothing from outside the standard library and our own leaves
	tests bool     // is for tests, so that it may import package testing
}

// leaf is the floor of the internal packages that every other may import.
const leaf = -1

var parts = []part{
	{dir: "internal", floor: leaf, std: true},
	{dir: "metrics", floor: 0, std: true},
	{dir: "metrics/metricstest", floor: 1, only: []string{"metrics"}, std: true, tests: true},
	{dir: "backend", floor: 0, std: true},
	{dir: "backend/*", floor: 1},
	{dir: "backend/backendtest", floor: 1, tests: true},
	{dir: "export/*", floor: 1, only: []string{"metrics", "export/internal"}},
	{dir: "export/internal", floor: 1, only: []string{"metrics"}, std: true}, // what several exporters have in common
	{dir: "fleet", floor: 1},
	{dir: "advisor", floor: 1},
	{dir: ".", floor: 2},
	{dir: "dashboard", floor: 2},
	{dir: "cmd/*", floor: 3},
	// Only tests may import these, and tests aren't looked at.
	{dir: "internal/membackend", floor: 4, tests: true},
	{dir: "internal/behaviour", floor: 4, tests: true},
	{dir: "internal/traffic", floor: 4, tests: true},
	{dir: "export/internal/exporttest", floor: 4, only: []string{"metrics", "internal/testserver", "internal/traffic"}, tests: true},
	{dir: "export/internal/cwtest", floor: 4, only: []string{"metrics", "metrics/metricstest", "export/internal", "internal/testserver"}, tests: true},
	{dir: "internal/beside", floor: 4, tests: true},
	{dir: "internal/killing", floor: 4, tests: true},
	{dir: "internal/testserver", floor: 4, tests: true},
	{dir: "internal/integration", floor: 4, tests: true},
	{dir: "internal/mongoserver", floor: 4, tests: true},
	{dir: "internal/otelcol", floor: 4, tests: true},
	{dir: "benchmarks", floor: 4, tests: true},
}

// partOf returns the part that a directory, given relative to the root of the tree, belongs to.
func partOf(dir string) (part, bool) {
	var best part
	found, depth := false, 0
	for _, p := range parts {
		n := strings.Count(p.dir, "/") + 1
		elements := strings.Split(dir, "/")
		if p.dir == "." && dir != "." || n > len(elements) {
			continue
		}
		ok, err := path.Match(p.dir, strings.Join(elements[:n], "/"))
		literal := !strings.Contains(p.dir, "*")
		if err == nil && ok && (!found || n > depth || n == depth && literal) {
			best, found, depth = p, true, n
		}
	}
	return best, found
}
