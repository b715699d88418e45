package statsdexport_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// kept is what the original StatsD leaves as it is, without what separates
// segments and tags.
var kept = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

func FuzzEscape(f *testing.F) {
	for _, name := range []string{"", ".", "-", "--", "users.fetch", "top-10", "a b/c;d=e", "größe", "\xff\n", "-2D", "_"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		segment := statsdexport.Escape(name)
		if !kept.MatchString(segment) {
			t.Errorf("%q becomes %q, which servers change", name, segment)
		}
		if back, err := statsdexport.Unescape(segment); err != nil || back != name {
			t.Errorf("%q becomes %q, and that %q (%v)", name, segment, back, err)
		}
		// What is no escaped name is an error, so that no two mean the same.
		if back, err := statsdexport.Unescape(name); err == nil && statsdexport.Escape(back) != name {
			t.Errorf("%q is taken for %q", name, back)
		}
	})
}

func TestUnescapeRefuses(t *testing.T) {
	for _, segment := range []string{"", "a.b", "a b", "-2", "-2d", "a-", "-41", "-2E"} {
		if name, err := statsdexport.Unescape(segment); err == nil {
			t.Errorf("%q is taken for %q", segment, name)
		}
	}
}

// Whatever functions and labels are called, a line is one line, its parts are
// where they belong, and two functions never share a name.
func FuzzLines(f *testing.F) {
	f.Add("users.fetch", "team", "search", "users", "fetch.team", "")
	f.Add("a|b", "c:d", "e,f#g", "a\nb", "label_cache", "cache")
	f.Add("a", "b=c", "d", "a", "b", "c=d")
	f.Add("a", "reason", "x", "a", "label_reason", "x")
	f.Add("%", "größe", "%2C", "\xff", "\xfe", "a+b c")
	f.Fuzz(func(t *testing.T, name1, label1, value1, name2, label2, value2 string) {
		if name1 == "" || name2 == "" || label1 == "" || label2 == "" {
			t.Skip("refused elsewhere")
		}
		for _, format := range []statsdexport.Format{statsdexport.Plain, statsdexport.DogStatsD} {
			var names [2]string
			for i, of := range [][3]string{{name1, label1, value1}, {name2, label2, value2}} {
				registry := metrics.NewRegistry()
				r := traffic.Recorder(t, registry, of[0], metrics.RecorderOptions{Labels: map[string]string{of[1]: of[2]}})
				r.Record(metrics.Call{Outcome: metrics.Coalesced, Duration: metrics.Unknown, Age: metrics.Unknown})
				o := statsdexport.Options{Format: format, MaxPacket: 65507, Select: func(_ string, m *metrics.Metric) bool {
					return m.OTel == "cachier.requests"
				}}
				lines := statsdexport.Encoded(traffic.Batch(registry), o)
				if len(lines) != 1 {
					t.Fatalf("%q, want one line", lines)
				}
				names[i] = check(t, format, lines[0])
				if format == statsdexport.DogStatsD {
					readBack(t, lines[0], of[0], of[1], of[2])
				}
			}
			if same := name1 == name2 && label1 == label2 && value1 == value2; same != (names[0] == names[1]) {
				t.Errorf("%q of %q, %q, %q and %q of %q, %q, %q", names[0], name1, label1, value1, names[1], name2, label2, value2)
			}
		}
	})
}

// check returns what a server knows the series of a line by.
func check(t *testing.T, format statsdexport.Format, line string) string {
	t.Helper()
	name, rest, _ := strings.Cut(line, ":")
	if format == statsdexport.Plain {
		if rest != "1|c" || strings.Count(name, ".") != 4 {
			t.Errorf("%q", line)
		}
		return name
	}
	tags, ok := strings.CutPrefix(rest, "1|c|#")
	if name != "cachier.requests" || !ok || strings.ContainsAny(tags, "|\n") {
		t.Errorf("%q", line)
	}
	known := map[string]bool{}
	for tag := range strings.SplitSeq(tags, ",") {
		key, value, ok := strings.Cut(tag, ":")
		if !ok || key == "" || value == "" || known[key] {
			t.Errorf("%q has the tag %q", line, tag)
		}
		known[key] = true
	}
	if len(known) != 4 {
		t.Errorf("%q has %d tags", line, len(known))
	}
	return line
}

// readBack finds the texts in the tags of a line, which are escaped as in URLs.
func readBack(t *testing.T, line, function, label, value string) {
	t.Helper()
	_, tags, _ := strings.Cut(line, "|#")
	var texts []string
	for tag := range strings.SplitSeq(tags, ",") {
		key, value, _ := strings.Cut(tag, ":")
		for _, text := range []string{key, value} {
			back, err := url.PathUnescape(text)
			if text == "%" {
				back, err = "", nil
			}
			if err != nil {
				t.Errorf("%q: %v", tag, err)
			}
			texts = append(texts, back)
		}
	}
	// The function, the store and the label, in this order.
	if texts[1] != function || texts[4] != label && texts[4] != "label_"+label || texts[5] != value {
		t.Errorf("%q is read back as %q", line, texts)
	}
}

// A name says which series it is of: no two of the catalogue have the same.
func TestNamesOfTheCatalogue(t *testing.T) {
	series := map[string]string{}
	for _, m := range metrics.Catalog() {
		names := []string{strings.TrimPrefix(m.OTel, "cachier.")}
		for i, l := range m.Labels {
			longer := names
			if i == 0 {
				longer = nil
			}
			for _, name := range names {
				for _, value := range l.Values {
					longer = append(longer, name+"."+statsdexport.Escape(value))
				}
			}
			names = longer
		}
		for _, name := range names {
			if other, ok := series[name]; ok && other != m.OTel {
				t.Errorf("%s and %s are both called %s", other, m.OTel, name)
			}
			series[name] = m.OTel
		}
	}
	if len(series) < 100 {
		t.Errorf("%d names of the catalogue", len(series))
	}
}
