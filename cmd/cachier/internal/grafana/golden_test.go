package grafana_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/grafana"
)

var update = flag.Bool("update", false, "write the files under docs/prometheus anew")

// The files for those who don't have the command are what it prints.
func TestFilesAreUpToDate(t *testing.T) {
	for name, o := range map[string]grafana.Options{"dashboard.json": {}, "dashboard-classic.json": {Classic: true}} {
		path, want := "../../../../docs/prometheus/"+name, written(t, o)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is out of date (%v); run go test ./internal/grafana -update in cmd/cachier", path, err)
		}
	}
}

func written(t *testing.T, o grafana.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := grafana.Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
