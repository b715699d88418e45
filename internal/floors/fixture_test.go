package floors_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The tests of the tests: each rule, in a small tree that keeps it and in one that breaks it.

func TestCheckImports(t *testing.T) {
	const ours = module + "/"
	tests := []struct {
		name, file, imports string
		want                string // part of the complaint; "" for none
	}{
		{"the core uses the engine", "call.go", ours + "metrics", ""},
		{"the core uses a leaf", "call.go", ours + "internal/table", ""},
		{"the core uses a library", "call.go", "example.com/lib", ""},
		{"the core uses the dashboard", "call.go", ours + "dashboard", "only go down"},
		{"the core uses the command", "call.go", ours + "cmd/cachier/demo", "only go down"},
		{"the core uses a backend", "call.go", ours + "backend/filebackend", ""},
		{"the dashboard uses the core", "dashboard/page.go", module, "only go down"},
		{"the dashboard uses the advisor", "dashboard/page.go", ours + "advisor", ""},
		{"the engine uses a leaf", "metrics/recorder.go", ours + "internal/stripe", ""},
		{"the engine uses the core", "metrics/recorder.go", module, "only go down"},
		{"the engine uses the backend contract", "metrics/recorder.go", ours + "backend", "only go down"},
		{"the engine uses a library", "metrics/recorder.go", "github.com/cespare/xxhash/v2", "only the standard library"},
		{"the engine uses the standard library", "metrics/recorder.go", "net/http", ""},
		{"the contract uses a library", "backend/backend.go", "golang.org/x/sync/errgroup", "only the standard library"},
		{"below the engine", "metrics/internal/ring/ring.go", ours + "metrics", ""},
		{"a leaf uses a leaf", "internal/table/table.go", ours + "internal/hash", ""},
		{"a leaf uses the engine", "internal/table/table.go", ours + "metrics", "only go down"},
		{"a leaf uses a library", "internal/table/table.go", "example.com/lib", "only the standard library"},
		{"a backend uses the contract", "backend/redisbackend/get.go", ours + "backend", ""},
		{"a backend uses the core", "backend/redisbackend/get.go", module, "only go down"},
		{"a backend uses a backend", "backend/redisbackend/get.go", ours + "backend/sqlbackend", "only go down"},
		{"an exporter uses the engine", "export/promexport/collector.go", ours + "metrics", ""},
		{"an exporter uses its own package", "export/promexport/collector.go", ours + "export/promexport/internal/dto", ""},
		{"an exporter uses its client", "export/promexport/collector.go", "github.com/prometheus/client_golang/prometheus", ""},
		{"an exporter uses a leaf", "export/promexport/collector.go", ours + "internal/hash", "nothing of ours but metrics"},
		{"an exporter uses the contract", "export/promexport/collector.go", ours + "backend", "nothing of ours but metrics"},
		{"an exporter uses the core", "export/promexport/collector.go", module, "nothing of ours but metrics"},
		{"an exporter uses an exporter", "export/promexport/collector.go", ours + "export/otelexport", "nothing of ours but metrics"},
		{"an exporter uses what exporters share", "export/promexport/collector.go", ours + "export/internal/shared", ""},
		{"what exporters share uses an exporter", "export/internal/shared/shared.go", ours + "export/promexport", "nothing of ours but metrics"},
		{"the command uses everything", "cmd/cachier/main.go", module, ""},
		{"a module of tests is used", "cmd/cachier/main.go", ours + "internal/integration", "only go down"},
		{"the tests' backend uses the contract", "internal/membackend/backend.go", ours + "backend", ""},
		{"the tests' backend is used", "func.go", ours + "internal/membackend", "only go down"},
		{"benchmarks use the core", "benchmarks/main.go", module, ""},
		{"the core imports testing", "clock.go", "testing", "doesn't import testing"},
		{"a leaf imports testing's child", "internal/clock/clock.go", "testing/synctest", "doesn't import testing"},
		{"the suite imports testing", "backend/backendtest/suite.go", "testing", ""},
		{"a name like ours", "metrics/recorder.go", module + "x/y", "only the standard library"},
		{"no floor", "misc/misc.go", "fmt", "misc has no floor"},
		{"a test goes up", "metrics/recorder_test.go", module, ""},
		{"test data goes up", "metrics/testdata/main.go", module, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := fstest.MapFS{test.file: {Data: []byte("// A comment.\n\npackage p\n\nimport _ \"" + test.imports + "\"\n")}}
			wrong, err := checkImports(tree)
			expect(t, wrong, err, test.want)
		})
	}

	t.Run("a generator", func(t *testing.T) {
		tree := fstest.MapFS{"metrics/gen.go": {Data: []byte("//go:build ignore\n\npackage main\n\nimport _ \"example.com/lib\"\n")}}
		wrong, err := checkImports(tree)
		expect(t, wrong, err, "")
	})
	t.Run("another platform", func(t *testing.T) {
		tree := fstest.MapFS{"metrics/x_plan9.go": {Data: []byte("//go:build plan9\n\npackage metrics\n\nimport _ \"example.com/lib\"\n")}}
		wrong, err := checkImports(tree)
		expect(t, wrong, err, "only the standard library")
	})
}

func TestCheckRequires(t *testing.T) {
	const ours = module + " "
	for name, test := range map[string]struct{ graph, want string }{
		"nothing": {ours + "go@1.26\n", ""},
		"two that require nothing": {
			ours + "go@1.26\n" + ours + "example.com/a@v1.0.0\n" + ours + "example.com/b@v1.0.0\nexample.com/a@v1.0.0 go@1.22\n", "",
		},
		"three": {
			ours + "example.com/a@v1.0.0\n" + ours + "example.com/b@v1.0.0\n" + ours + "example.com/c@v1.0.0\n", "requires 3 modules",
		},
		"one that requires another": {
			ours + "example.com/a@v1.0.0\nexample.com/a@v1.0.0 example.com/b@v1.0.0\n", "itself requires example.com/b",
		},
	} {
		t.Run(name, func(t *testing.T) { expect(t, checkRequires(test.graph), nil, test.want) })
	}
}

func TestCheckModules(t *testing.T) {
	const nested = "module " + module + "/export/promexport\n\ngo 1.26.0\n\nrequire (\n\t" + module + " v0.0.0\n)\n"
	const replace = "\nreplace " + module + " => ../..\n"
	for name, test := range map[string]struct{ makefile, gomod, want string }{
		"as it should be":     {"MODULES := . export/promexport\n", nested + replace, ""},
		"a server for tests":  {"MODULES := .\nSERVERS := export/promexport\n", nested + replace, ""},
		"not in the Makefile": {"MODULES := .\n", nested + replace, "don't name"},
		"not in the tree":     {"MODULES := . export/promexport fleet\n", nested + replace, "is no module"},
		"not replaced":        {"MODULES := . export/promexport\n", nested, "doesn't replace it"},
		"replaced elsewhere":  {"MODULES := . export/promexport\n", nested + "\nreplace " + module + " => ../elsewhere\n", "doesn't replace it"},
		"another Go":          {"MODULES := . export/promexport\n", strings.Replace(nested+replace, "1.26.0", "1.25.1", 1), "elsewhere"},
		"misnamed":            {"MODULES := . export/promexport\n", strings.Replace(nested+replace, "/promexport", "/prometheus", 1), "want"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := fstest.MapFS{
				"Makefile":                 {Data: []byte(test.makefile)},
				"go.mod":                   {Data: []byte("module " + module + "\n\ngo 1.26\n")},
				"export/promexport/go.mod": {Data: []byte(test.gomod)},
			}
			wrong, err := checkModules(tree)
			expect(t, wrong, err, test.want)
		})
	}
}

func expect(t *testing.T, wrong []string, err error, want string) {
	t.Helper()
	switch {
	case err != nil:
		t.Error(err)
	case want == "" && len(wrong) > 0:
		t.Errorf("complains without need: %q", wrong)
	case want != "" && (len(wrong) != 1 || !strings.Contains(wrong[0], want)):
		t.Errorf("got %q, want one complaint with %q", wrong, want)
	}
}
