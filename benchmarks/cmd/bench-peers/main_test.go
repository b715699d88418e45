package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/benchmarks/peer"
)

// inside carries out a job in this process: a test needs no more.
func inside(_ context.Context, j job) ([]byte, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = work(string(text), &out)
	return out.Bytes(), err
}

// The whole comparison runs, on a small scale, and its raw samples give the same tables again.
func TestSmoke(t *testing.T) {
	dir := t.TempDir()
	raw := filepath.Join(dir, "raw.csv")
	trace := filepath.Join(dir, "small.jsonl")
	if err := os.WriteFile(trace, []byte(strings.Repeat(`{"hash_ids":[1,2,3,4,5,6,7,8]}`+"\n", 50)), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	// Missed figures, exit code 1, are to be expected of so small a run.
	if code := run(t.Context(), []string{"-smoke", "-traces", dir, "-raw", raw}, &stdout, &stderr, inside); code > 1 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	report := stdout.String()
	for _, want := range []string{
		"## Figures", "A hit, string keys", "A hit, int keys", "A hit, struct keys", "With and without metrics", "all misses",
		"skewed", "Stampede", "small @ 25 %", "generated: loop", "B/entry", "GOMAXPROCS", "a scrape, text, ms", "keeping windows",
	} {
		if want == "B/entry" {
			want = "int to *struct"
		}
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	for _, p := range peer.All[string, int]() {
		if !strings.Contains(report, "| "+p.Name+" |") {
			t.Errorf("the report lacks %s", p.Name)
		}
	}
	if t.Failed() {
		t.Log(stderr.String(), report)
	}
	var again bytes.Buffer
	doc := filepath.Join(dir, "doc.md")
	if err := os.WriteFile(doc, []byte("# Title\n"+marker+"\nan older run\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run(t.Context(), []string{"-from", raw, "-doc", doc}, &again, &stderr, inside); code > 1 {
		t.Fatalf("-from: exit code %d: %s", code, stderr.String())
	}
	if tables := report[strings.Index(report, "### "):]; !strings.HasSuffix(again.String(), tables) {
		t.Error("raw samples gave other tables than the run they are of")
	}
	written, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	if want := "# Title\n" + marker + "\n\n" + again.String(); string(written) != want {
		t.Errorf("the document has %d bytes, want %d", len(written), len(want))
	}
}

func TestFlagsThatMakeNoSense(t *testing.T) {
	for _, args := range [][]string{{"-parts", "all"}, {"-rounds", "0"}, {"-nothing"}, {"hits"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr, inside); code != 2 || stderr.Len() == 0 {
			t.Errorf("%q: exit code %d and %q, want 2 and a reason", args, code, stderr.String())
		}
	}
}
