package floors_test

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxRequires is how many modules the main module may require: none so far; at most these.
const maxRequires = 2

// checkRequires reads the output of `go mod graph` in the main module and returns what is wrong with it: the main module
// requires at most maxRequires others, and those require nothing.
func checkRequires(graph string) []string {
	var required, wrong []string
	for line := range strings.Lines(graph) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " ")
		name, _, _ := strings.Cut(to, "@")
		switch {
		case !ok || name == "go" || name == "toolchain":
		case from == module:
			required = append(required, to)
		default:
			wrong = append(wrong, fmt.Sprintf("the main module requires %s, which itself requires %s", from, to))
		}
	}
	if len(required) > maxRequires {
		wrong = append(wrong, fmt.Sprintf("the main module requires %d modules, at most %d are allowed: %s",
			len(required), maxRequires, strings.Join(required, ", ")))
	}
	return wrong
}

var (
	modulesLine = regexp.MustCompile(`(?m)^(?:MODULES|SERVERS) := (.*)$`)
	moduleLine  = regexp.MustCompile(`(?m)^module (\S+)$`)
	goLine      = regexp.MustCompile(`(?m)^go (1\.\d+)`)
	oursLine    = regexp.MustCompile(`(?m)^(?:require)?\s+(` + regexp.QuoteMeta(module) + `\S*) v`)
	replaceLine = regexp.MustCompile(`(?m)^(?:replace)?\s*(` + regexp.QuoteMeta(module) + `\S*) => (\S+)`)
)

// checkModules returns what is wrong with the modules of the tree: the Makefile names each, each is called after its
// place, wants the same Go, and replaces what it requires of ours by the tree.
func checkModules(tree fs.FS) ([]string, error) {
	makefile, err := fs.ReadFile(tree, "Makefile")
	if err != nil {
		return nil, err
	}
	var named []string
	for _, m := range modulesLine.FindAllStringSubmatch(string(makefile), -1) {
		named = append(named, strings.Fields(m[1])...)
	}
	var wrong, found []string
	version := ""
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.Name() != "go.mod" {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		found = append(found, dir)
		text := string(source)
		if got, want := submatch(moduleLine, text), path.Join(module, dir); got != want {
			wrong = append(wrong, fmt.Sprintf("%s: module %s, want %s", name, got, want))
		}
		if got := submatch(goLine, text); version == "" {
			version = got
		} else if got != version {
			wrong = append(wrong, fmt.Sprintf("%s: go %s, elsewhere %s", name, got, version))
		}
		replaced := map[string]string{}
		for _, m := range replaceLine.FindAllStringSubmatch(text, -1) {
			replaced[m[1]] = m[2]
		}
		for _, m := range oursLine.FindAllStringSubmatch(text, -1) {
			if path.Join(module, dir, replaced[m[1]]) != m[1] {
				wrong = append(wrong, fmt.Sprintf("%s: requires %s and doesn't replace it by its directory", name, m[1]))
			}
		}
		return nil
	})
	for _, dir := range found {
		if !slices.Contains(named, dir) {
			wrong = append(wrong, dir+" is a module that the Makefile's MODULES and SERVERS don't name")
		}
	}
	for _, dir := range named {
		if !slices.Contains(found, dir) {
			wrong = append(wrong, dir+" is named in the Makefile's MODULES or SERVERS and is no module")
		}
	}
	return wrong, err
}

func submatch(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}
