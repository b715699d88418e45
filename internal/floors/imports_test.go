package floors_test

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// checkImports returns a line for each import in the tree's non-test files that breaks a rule. It reads the files
// themselves, whatever their build tags, and so sees the nested modules too.
func checkImports(tree fs.FS) ([]string, error) {
	var wrong []string
	unknown := map[string]bool{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") ||
				base == "testdata" || base == "vendor" || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		imports, err := importsOf(tree, name)
		if err != nil {
			return err
		}
		from, ok := partOf(path.Dir(name))
		if !ok {
			if dir := path.Dir(name); !unknown[dir] {
				unknown[dir] = true
				wrong = append(wrong, dir+" has no floor: give it one in internal/floors/rules_test.go")
			}
			return nil
		}
		for _, imported := range imports {
			if why := breaks(path.Dir(name), from, imported); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", name, imported, why))
			}
		}
		return nil
	})
	return wrong, err
}

// importsOf lists what a file imports; nothing for a file that no package takes in, such as a generator.
func importsOf(tree fs.FS, name string) ([]string, error) {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(source) {
		if bytes.HasPrefix(line, []byte("package ")) {
			break
		}
		if strings.TrimSpace(string(line)) == "//go:build ignore" {
			return nil, nil
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var imports []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		imports = append(imports, imported)
	}
	return imports, nil
}

// breaks says which rule an import breaks, or nothing.
func breaks(dir string, from part, imported string) string {
	if imported == "testing" || strings.HasPrefix(imported, "testing/") {
		if from.tests {
			return ""
		}
		return "code that ships doesn't import testing, which registers flags in its users' programs"
	}
	relative, ours := strings.CutPrefix(imported, module)
	if !ours || relative != "" && relative[0] != '/' {
		first, _, _ := strings.Cut(imported, "/")
		if from.std && strings.Contains(first, ".") {
			return from.dir + " imports only the standard library and internal leaves"
		}
		return ""
	}
	target := path.Clean(strings.TrimPrefix(relative, "/"))
	to, ok := partOf(target)
	switch {
	case !ok:
		return target + " has no floor"
	case to.dir == from.dir && sameTree(from, dir, target):
		return ""
	case len(from.only) > 0 && !slices.Contains(from.only, to.dir):
		return from.dir + " imports nothing of ours but " + strings.Join(from.only, " and ")
	case len(from.only) > 0:
		return ""
	case to.floor >= from.floor:
		return fmt.Sprintf("%s is on floor %d, %s on floor %d, and imports only go down", from.dir, from.floor, to.dir, to.floor)
	}
	return ""
}

// sameTree tells whether two directories of one part are below the same directory: export/a and export/b are not.
func sameTree(p part, a, b string) bool {
	n := strings.Count(p.dir, "/") + 1
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	return strings.Join(x[:n], "/") == strings.Join(y[:n], "/")
}
