package replay_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/replay"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s (run with -update to accept)\ngot\n%swant\n%s", name, got, want)
	}
}

func is[T any](x T) *T { return &x }

// reports are made by hand: the times of a real one differ from run to run.
var reports = map[string]*replay.Report{
	"accesses": {
		Complete: true,
		Trace:    replay.Trace{File: "orders.trace.xz", Format: "uint32", Compression: "xz", Columns: []string{}},
		Cache:    replay.Cache{MaxEntries: 10_000, Entries: is[int64](10_000)},
		Calls:    1_234_567,
		Outcomes: replay.Outcomes{Hit: 1_000_000, Miss: 234_567},
		Misses:   []replay.Reason{{"evicted", 200_000}, {"absent", 34_567}},
		Removals: replay.Removals{Capacity: 224_567},
		Ratios:   replay.Ratios{is(0.81), is(0.81), is(0.81)},
		Windows: replay.WindowTable{Unit: "accesses", Length: 500_000, List: []replay.Window{
			{0, 500_000, replay.Outcomes{Hit: 400_000, Miss: 100_000}, 30_000, 70_000, 0, is(0.8), nil},
			{500_000, 500_000, replay.Outcomes{Hit: 450_000, Miss: 50_000}, 4_000, 46_000, 0, is(0.9), nil},
			{1_000_000, 234_567, replay.Outcomes{Hit: 150_000, Miss: 84_567}, 567, 84_000, 0, is(0.639), nil},
		}},
		Latency: replay.Latencies{
			Hit:  replay.Latency{1_000_000, true, is(85e-9), is(80e-9), is(110e-9), is(240e-9), is(1.5e-6)},
			Miss: replay.Latency{234_567, false, is(850e-9), is(800e-9), is(1.1e-6), is(2.4e-6), is(15e-6)},
			All:  replay.Latency{1_234_567, true, is(230e-9), is(90e-9), is(900e-9), is(2.2e-6), is(13e-6)},
		},
		Speed: replay.Speed{1.25, 0.5, is(2.469e6)},
	},
	"times": {
		Complete: false,
		Trace:    replay.Trace{"web.csv", "csv", "none", []string{"time", "size", "cost"}, is(8000.0)},
		Cache:    replay.Cache{MaxWeight: 1 << 20, TTL: is(300.0), Entries: is[int64](321), Weight: is[int64](1_000_000)},
		Calls:    4_000,
		Outcomes: replay.Outcomes{Hit: 3_000, Miss: 1_000},
		Misses:   []replay.Reason{{"absent", 900}, {"expired", 90}, {"evicted", 10}},
		Removals: replay.Removals{Capacity: 20, Expired: 90},
		Ratios:   replay.Ratios{is(0.75), is(0.75), is(0.75)},
		Cost:     &replay.Cost{Computed: 12.5, Saved: 4000},
		Windows: replay.WindowTable{Unit: "seconds", Length: 1800, List: []replay.Window{
			{0, 2_000, replay.Outcomes{Hit: 1_400, Miss: 600}, 600, 0, 0, is(0.7), &replay.Cost{10, 1500}},
			{1800, 0, replay.Outcomes{}, 0, 0, 0, nil, &replay.Cost{}},
			{3600, 0, replay.Outcomes{}, 0, 0, 0, nil, &replay.Cost{}},
			{5400, 0, replay.Outcomes{}, 0, 0, 0, nil, &replay.Cost{}},
			{7200, 2_000, replay.Outcomes{Hit: 1_600, Miss: 400}, 300, 10, 90, is(0.8), &replay.Cost{2.5, 2500}},
		}},
		Latency: replay.Latencies{Miss: replay.Latency{1_000, false, is(850e-9), is(800e-9), is(1.1e-6), is(2.4e-6), is(15e-6)}},
		Speed:   replay.Speed{0.004, 0.002, is(2e6)},
	},
}

func TestText(t *testing.T) {
	for name, r := range reports {
		var b bytes.Buffer
		if err := r.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", b.Bytes())
	}
}

// The names of the fields are relied on by others.
func TestJSON(t *testing.T) {
	for name, r := range reports {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", append(b, '\n'))
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		5 * time.Second: "5s", time.Minute: "1m", 90 * time.Second: "1m30s", 10 * time.Minute: "10m",
		time.Hour: "1h", 90 * time.Minute: "1h30m", 10 * time.Hour: "10h", 72 * time.Hour: "3d", 60 * time.Hour: "60h",
	} {
		if got := replay.Span(d); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
	}
}
