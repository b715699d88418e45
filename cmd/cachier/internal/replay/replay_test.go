package replay_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/replay"
	"github.com/cachier-go/cachier/cmd/cachier/internal/trace"
)

func run(t *testing.T, name, content string, o replay.Options) *replay.Report {
	t.Helper()
	r, err := trace.NewReader(strings.NewReader(content), name, trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := replay.Run(t.Context(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, report)
	return report
}

// check checks what holds of every report.
func check(t *testing.T, r *replay.Report) {
	t.Helper()
	o := r.Outcomes
	if sum := o.Hit + o.Stale + o.Miss + o.Coalesced + o.Bypass; sum != r.Calls {
		t.Errorf("the outcomes add up to %d of %d calls", sum, r.Calls)
	}
	var misses, calls, hits uint64
	for _, m := range r.Misses {
		misses += m.Count
	}
	if misses != o.Miss {
		t.Errorf("the reasons add up to %d of %d misses", misses, o.Miss)
	}
	for _, w := range r.Windows.List {
		calls += w.Calls
		hits += w.Outcomes.Hit
		if w.Absent+w.Evicted+w.Expired != w.Outcomes.Miss {
			t.Errorf("window %v: the reasons don't add up to %d misses", w.From, w.Outcomes.Miss)
		}
	}
	if calls != r.Calls || hits != o.Hit {
		t.Errorf("the windows add up to %d calls and %d hits of %d and %d", calls, hits, r.Calls, o.Hit)
	}
	if n := len(r.Windows.List); n < 1 || n > 20 {
		t.Errorf("%d windows", n)
	}
}

func misses(r *replay.Report, reason string) uint64 {
	for _, m := range r.Misses {
		if m.Reason == reason {
			return m.Count
		}
	}
	return 0
}

func TestKeys(t *testing.T) {
	r := run(t, "t.txt", "a\nb\na\nc\na\n", replay.Options{MaxEntries: 100})
	if r.Outcomes != (replay.Outcomes{Hit: 2, Miss: 3}) || misses(r, "absent") != 3 || !r.Complete {
		t.Errorf("%+v", r)
	}
	if r.Trace.Span != nil || r.Cost != nil || r.Windows.Unit != "accesses" || r.Windows.Length != 1000 {
		t.Errorf("%+v", r)
	}
	if r.Cache.Entries == nil || *r.Cache.Entries != 3 || r.Cache.MaxEntries != 100 {
		t.Errorf("%+v", r.Cache)
	}
	if r.Latency.Miss.Count != 3 || r.Latency.Miss.P99 == nil {
		t.Errorf("%+v", r.Latency)
	}
}

func TestDefaultSize(t *testing.T) {
	if r := run(t, "t.txt", "a\n", replay.Options{}); r.Cache.MaxEntries != 10_000 {
		t.Errorf("%+v", r.Cache)
	}
}

// The time-to-live is judged by the trace's time, exactly, though the replay
// itself takes hardly any.
func TestTTL(t *testing.T) {
	const content = "0,a\n10,a\n10.00001,a\n20,a\n86400,a\n86400,a\n"
	r := run(t, "t.csv", content, replay.Options{MaxEntries: 10, TTL: 10 * time.Second})
	if r.Outcomes != (replay.Outcomes{Hit: 3, Miss: 3}) || misses(r, "expired") != 2 || misses(r, "absent") != 1 {
		t.Errorf("%+v %+v", r.Outcomes, r.Misses)
	}
	if r.Windows.Unit != "seconds" || *r.Trace.Span != 86400 {
		t.Errorf("%+v", r.Windows)
	}
	r = run(t, "t.csv", content, replay.Options{MaxEntries: 10})
	if r.Outcomes != (replay.Outcomes{Hit: 5, Miss: 1}) {
		t.Errorf("without a TTL: %+v", r.Outcomes)
	}
}

func TestTTLOfJSONLines(t *testing.T) {
	const content = `{"timestamp": 0, "hash_ids": [1, 2]}
{"timestamp": 1000, "hash_ids": [1]}
{"timestamp": 1001, "hash_ids": [1, 2]}`
	r := run(t, "t.jsonl", content, replay.Options{MaxEntries: 10, TTL: time.Second})
	if r.Outcomes != (replay.Outcomes{Hit: 1, Miss: 4}) || misses(r, "expired") != 2 {
		t.Errorf("%+v %+v", r.Outcomes, r.Misses)
	}
}

func TestEviction(t *testing.T) {
	var b strings.Builder
	for round := range 3 {
		_ = round
		for i := range 24 {
			fmt.Fprintf(&b, "key-%d\n", i)
		}
	}
	r := run(t, "t.txt", b.String(), replay.Options{MaxEntries: 20})
	if r.Removals.Capacity == 0 || misses(r, "evicted") == 0 || misses(r, "absent") < 24 {
		t.Errorf("%+v", r)
	}
	if *r.Cache.Entries > 20 {
		t.Errorf("%d entries", *r.Cache.Entries)
	}
	if r := run(t, "t.txt", b.String(), replay.Options{MaxEntries: 24}); r.Outcomes.Hit != 48 {
		t.Errorf("with room for all: %+v", r.Outcomes)
	}
}

func TestWeight(t *testing.T) {
	const content = "time,key,size\n0,a,600\n1,b,600\n2,a,600\n3,c,5000\n4,c,5000\n5,d,\n6,d,\n"
	r := run(t, "t.csv", content, replay.Options{MaxWeight: 1000})
	if *r.Cache.Weight > 1000 || r.Cache.MaxEntries != 0 {
		t.Errorf("%+v", r.Cache)
	}
	// c never fits, d has an unknown size and does.
	if r.Outcomes.Hit == 0 || r.Outcomes.Miss < 5 {
		t.Errorf("%+v", r.Outcomes)
	}
}

func TestCosts(t *testing.T) {
	const content = "time,key,cost\n0,a,2\n1,a,2\n2,b,500ms\n70,a,3\n70,c,\n71,c,9\n"
	r := run(t, "t.csv", content, replay.Options{MaxEntries: 10})
	// c was computed at an unknown cost, which its later cost doesn't change.
	if *r.Cost != (replay.Cost{Computed: 2.5, Saved: 4}) {
		t.Errorf("%+v", *r.Cost)
	}
	var sum replay.Cost
	for _, w := range r.Windows.List {
		sum.Computed += w.Cost.Computed
		sum.Saved += w.Cost.Saved
	}
	if sum != *r.Cost {
		t.Errorf("the windows add up to %+v", sum)
	}
}

// Windows merge as the trace turns out to be longer.
func TestWindowsOfAccesses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		accesses int
		length   float64
		windows  int
	}{{999, 1000, 1}, {20_000, 1000, 20}, {20_001, 5000, 5}, {99_000, 5000, 20}, {250_000, 50_000, 5}} {
		content := make([]byte, 0, 4*tt.accesses)
		for range tt.accesses {
			content = binary.BigEndian.AppendUint32(content, random.Uint32N(1000))
		}
		r := run(t, "t", string(content), replay.Options{MaxEntries: 2000})
		if r.Windows.Length != tt.length || len(r.Windows.List) != tt.windows {
			t.Errorf("%d accesses: %d windows of %v", tt.accesses, len(r.Windows.List), r.Windows.Length)
		}
		if r.Outcomes.Miss > 1000 || r.Windows.List[0].Absent < r.Windows.List[len(r.Windows.List)-1].Absent {
			t.Errorf("%+v", r.Windows)
		}
	}
}

func TestWindowsOfTime(t *testing.T) {
	for _, tt := range []struct {
		times   []float64
		length  float64
		windows int
	}{
		{[]float64{0, 0}, 1, 1},
		{[]float64{0, 19.9}, 1, 20},
		{[]float64{0, 1, 20}, 5, 5},
		{[]float64{5, 6, 1e9 + 5}, 14 * 16 * 7 * 86400 / 7, 0},
	} {
		var b strings.Builder
		for i, at := range tt.times {
			fmt.Fprintf(&b, "%.1f,%d\n", at, i)
		}
		r := run(t, "t.csv", b.String(), replay.Options{MaxEntries: 10})
		if tt.windows > 0 && (r.Windows.Length != tt.length || len(r.Windows.List) != tt.windows) {
			t.Errorf("%v: %d windows of %v", tt.times, len(r.Windows.List), r.Windows.Length)
		}
		last := r.Windows.List[len(r.Windows.List)-1]
		if end := tt.times[len(tt.times)-1] - tt.times[0]; last.From > end || last.From+r.Windows.Length <= end || last.Calls == 0 {
			t.Errorf("%v: the last window is %+v of %v", tt.times, last, r.Windows.Length)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		content string
		o       replay.Options
		want    error
	}{
		{"a\n", replay.Options{TTL: time.Second}, replay.ErrNoTimes},
		{"key,size\na,1\n", replay.Options{TTL: time.Second}, replay.ErrNoTimes},
		{"1,a\n", replay.Options{MaxWeight: 7}, replay.ErrNoSizes},
	} {
		r, err := trace.NewReader(strings.NewReader(tt.content), "t", trace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := replay.Run(t.Context(), r, tt.o); !errors.Is(err, tt.want) {
			t.Errorf("%+v of %q: %v", tt.o, tt.content, err)
		}
	}
}

func TestBadTraceIsNoReport(t *testing.T) {
	r, err := trace.NewReader(strings.NewReader("1,a\n2,b\nx,c\n"), "t.csv", trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := replay.Run(t.Context(), r, replay.Options{})
	var wrong *trace.Error
	if report != nil || !errors.As(err, &wrong) || wrong.Line != 3 {
		t.Error(report, err)
	}
}

func TestInterrupt(t *testing.T) {
	content := strings.Repeat("a\nb\n", 5000)
	r, err := trace.NewReader(strings.NewReader(content), "t", trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	report, err := replay.Run(ctx, r, replay.Options{Progress: cancel})
	if err != nil {
		t.Fatal(err)
	}
	check(t, report)
	if report.Complete || report.Calls == 0 || report.Calls >= 10_000 {
		t.Errorf("complete %v after %d calls", report.Complete, report.Calls)
	}
}
