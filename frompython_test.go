package cachier_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The tests that docs/from-python.md names exist, and so do the options,
// methods and directories.
func TestFromPythonNamesWhatExists(t *testing.T) {
	page, err := os.ReadFile("docs/from-python.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		code.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`\b(Test|Example|With)[A-Z]\w+`).FindAllString(string(page), -1)
	if len(names) < 100 {
		t.Fatalf("found only %d names", len(names))
	}
	for _, name := range names {
		if !strings.Contains(code.String(), "func "+name+"(") && !strings.Contains(code.String(), "func "+name+"[") {
			t.Errorf("the page names %s, which does not exist", name)
		}
	}
	for _, dir := range regexp.MustCompile("`((backend|export|metrics)[a-z/]*)`").FindAllStringSubmatch(string(page), -1) {
		if info, err := os.Stat(dir[1]); err != nil || !info.IsDir() {
			t.Errorf("the page names %s, which is no directory", dir[1])
		}
	}
}
