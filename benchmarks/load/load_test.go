package load_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/ulikunitz/xz"
)

func TestKeysAreDifferent(t *testing.T) {
	const n = 50_000
	strings, ints, pairs := map[string]bool{}, map[int]bool{}, map[load.Pair]bool{}
	for _, k := range load.Strings(n) {
		strings[k] = true
		if len(k) != 20 {
			t.Fatalf("key %q has %d bytes, want 20", k, len(k))
		}
	}
	for _, k := range load.Ints(n) {
		ints[k] = true
	}
	for _, k := range load.Pairs(n) {
		pairs[k] = true
	}
	if len(strings) != n || len(ints) != n || len(pairs) != n {
		t.Errorf("different keys: %d strings, %d ints, %d pairs, want %d each", len(strings), len(ints), len(pairs), n)
	}
}

func TestStreamIsSkewedAndRepeatable(t *testing.T) {
	keys := load.Ints(1000)
	a, b := load.Stream(7, keys, 20_000), load.Stream(7, keys, 20_000)
	if !slices.Equal(a, b) {
		t.Fatal("the same seed gave two streams")
	}
	counts := map[int]int{}
	for _, k := range a {
		counts[k]++
	}
	most := 0
	for _, c := range counts {
		most = max(most, c)
	}
	if most < 1000 || len(counts) < 500 {
		t.Errorf("most popular key %d times of 20,000, %d different: that's not Zipf", most, len(counts))
	}
}

func TestGeneratedTraces(t *testing.T) {
	traces := load.Generate(1, 20_000)
	if len(traces) < 4 {
		t.Fatalf("%d traces, want at least 4", len(traces))
	}
	for _, tr := range traces {
		if len(tr.Keys) != 20_000 || !tr.Generated || tr.Distinct() < 200 {
			t.Errorf("%s: %d accesses, %d keys", tr.Name, len(tr.Keys), tr.Distinct())
		}
	}
}

func compressed(t *testing.T, path, content string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := xz.NewWriter(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestReadsBothFormats(t *testing.T) {
	dir := t.TempDir()
	compressed(t, filepath.Join(dir, "a.trace.xz"), "\x00\x00\x00\x01\xff\x00\x00\x02\x00\x00\x00\x01")
	compressed(t, filepath.Join(dir, "b.jsonl.xz"), `{"timestamp": 1, "hash_ids": [1, 2]}`+"\n"+`{"timestamp": 2, "hash_ids": [2]}`+"\n")
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("no trace"), 0o600); err != nil {
		t.Fatal(err)
	}
	traces, err := load.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []load.Trace{{Name: "a", Keys: []int{1, 0xff000002, 1}}, {Name: "b", Keys: []int{1, 2, 2}}}
	if len(traces) != len(want) {
		t.Fatalf("read %d traces, want %d", len(traces), len(want))
	}
	for i, w := range want {
		if traces[i].Name != w.Name || !slices.Equal(traces[i].Keys, w.Keys) {
			t.Errorf("trace %d = %+v, want %+v", i, traces[i], w)
		}
	}
}

func TestBrokenTracesSayWhere(t *testing.T) {
	for name, c := range map[string]struct{ content, says string }{
		"a.trace": {"\x00\x00\x00\x01\x00", "access 2"},
		"b.jsonl": {"{\"hash_ids\":[1]}\nnonsense\n", "record 2"},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := load.Read(path); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.says)
		}
	}
	if _, err := load.Read("c.txt"); !errors.Is(err, load.ErrFormat) {
		t.Errorf("c.txt: error %v, want ErrFormat", err)
	}
	if _, err := load.ReadDir(t.TempDir()); err == nil {
		t.Error("an empty directory gave no error")
	}
}
