package rules_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/rules"
)

var update = flag.Bool("update", false, "write the files under docs/prometheus anew")

// The files for those who don't have the command are what it prints.
func TestFilesAreUpToDate(t *testing.T) {
	for name, o := range map[string]rules.Options{
		"rules.yaml":         {By: []string{"job"}},
		"rules-classic.yaml": {By: []string{"job"}, Classic: true},
	} {
		path, want := "../../../../docs/prometheus/"+name, written(t, o)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is out of date (%v); run go test ./internal/rules -update in cmd/cachier", path, err)
		}
	}
}
