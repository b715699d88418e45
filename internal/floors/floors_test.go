package floors_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// root is the tree this test stands in.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestImportsGoDown(t *testing.T) {
	wrong, err := checkImports(os.DirFS(root(t)))
	report(t, wrong, err)
}

func TestMainModuleRequiresNextToNothing(t *testing.T) {
	cmd := exec.Command("go", "mod", "graph")
	cmd.Dir = root(t)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	graph, err := cmd.Output()
	if err != nil {
		t.Fatalf("go mod graph: %v", err)
	}
	report(t, checkRequires(string(graph)), nil)
}

func TestModulesAreWalked(t *testing.T) {
	tree := os.DirFS(root(t))
	wrong, err := checkModules(tree)
	report(t, wrong, err)
}

func report(t *testing.T, wrong []string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range wrong {
		t.Error(line)
	}
}
