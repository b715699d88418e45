package cachier_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Every constructor, option, call option and method has an example that runs.
func TestEverythingHasAnExample(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	exported, examples := map[string]bool{}, map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			switch {
			case !ok:
			case strings.HasSuffix(name, "_test.go"):
				if of, ok := strings.CutPrefix(f.Name.Name, "Example"); ok {
					examples[of] = true
				}
			case !f.Name.IsExported():
			case f.Recv == nil:
				exported[f.Name.Name] = true
			case receiver(f) == "Func":
				exported["Func_"+f.Name.Name] = true
			}
		}
	}
	if len(exported) < 50 {
		t.Errorf("found only %d functions: is the test at the right place?", len(exported))
	}
	for name := range exported {
		if !examples[name] {
			t.Errorf("there is no Example%s", name)
		}
	}
}

// receiver is the name of the type that a method belongs to.
func receiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	for {
		switch of := t.(type) {
		case *ast.StarExpr:
			t = of.X
		case *ast.IndexExpr:
			t = of.X
		case *ast.IndexListExpr:
			t = of.X
		case *ast.Ident:
			return of.Name
		default:
			return ""
		}
	}
}
