package backendtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// oddKeys are different keys that a careless store takes for one another, or
// for something other than a key.
var oddKeys = []string{
	"a", "A", "b", "ab", "aB", "a/", "a/b", "a//b", "/a", "/", "//", ".", "..", "../a", "a/..", "a/.", "./a", "~", "~root",
	"a%", "a%b", "a%2Fb", "%", "%00", "%41", "a_b", "a_", "_", "a-b", "a*", "*", "?", "a?b", "[a]", "[", "]", "{a}", "{", "}", "{}a",
	"a\\b", "\\", "a'b", "a\"b", "`", "a;b", "a:b", ":", "::", "a b", " ", "  ", " a", "a ", "a  b", "a,b", "a|b", "a&b", "a=b", "a#b", "#", "$a", "${a}", "@a", "!",
	"<a>", "^", "a+b", "(a)", "a.b", "a.", ".a", "a.lock", "a.tmp", "a.json", "a~", "con", "CON", "nul", "NUL", "aux.txt", "lpt1",
	"é", "e\u0301", "É", "K", "\u212a", "k", "ß", "ss", "ſ", "s", "İ", "i\u0307", "ﬁ", "fi", "日本", "日", "😀", "😀/", "Ω", "\u2126",
	"0", "00", "-0", "1", "01", "1.0", "null", "NULL", "nil", "true", "undefined", "lock", "lease", "index", "CACHEDIR.TAG",
	"ns/4:name/v1/\"a\"", "ns/4:name/v1/{ID:1,Name:\"x/y\"}", "ns/4:name/v2/[1,2]", "SELECT * FROM a; DROP TABLE a", "a*{1,2}?[x]%_",
}

// longKeys are as long as keys get, and differ where a careless store cuts.
func longKeys() []string {
	x := strings.Repeat("x", backend.MaxKeyLen-1)
	return []string{
		x, x + "a", x + "b", x + "A", "y" + x, x[:255], x[:256], x[:250] + "y", strings.Repeat("日", backend.MaxKeyLen/3),
		strings.Repeat("/", backend.MaxKeyLen), strings.Repeat("%", backend.MaxKeyLen), strings.Repeat("../", backend.MaxKeyLen/3),
	}
}

var keyChecks = []check{
	{
		name: "any key",
		why:  "Two keys are the same only if their bytes are: no case folding, no normalizing, no trimming, no cutting, and no character with a meaning of its own.",
		run: func(s *session) {
			keys := slices.Concat(oddKeys, longKeys())
			for i, k := range keys {
				s.set(k, fmt.Sprint(i))
			}
			for i, k := range keys {
				s.holds(k, fmt.Sprint(i))
			}
			listed := s.keys("")
			for _, k := range keys {
				if _, ok := listed[k]; !ok {
					s.Errorf("List doesn't yield %.80q", k)
				}
				delete(listed, k)
			}
			for k := range listed {
				s.Errorf("List yields %.80q, which was never stored", k)
			}
			for i, k := range keys {
				if i%2 == 0 {
					s.delete(k)
				}
			}
			for i, k := range keys {
				if i%2 == 0 {
					s.absent(k)
				} else {
					s.holds(k, fmt.Sprint(i))
				}
			}
		},
	},
	{
		name: "leases of any key", locks: true,
		why: "A lease is on one key, byte for byte.",
		run: func(s *session) {
			leases := map[string]backend.Lease{}
			for _, k := range slices.Concat(oddKeys, longKeys()) {
				leases[k] = s.lock(k, long)
			}
			for k, l := range leases {
				s.must("Commit", l.Commit(s.ctx(), text(k)))
			}
			for k := range leases {
				s.holds(k, k)
			}
		},
	},
	{
		name: "literal prefixes",
		why:  "A prefix is bytes: neither a pattern nor a path, and its case counts.",
		run: func(s *session) {
			for _, k := range oddKeys {
				s.set(k, k)
			}
			for _, prefix := range []string{
				"", "a", "A", "a/", "a//", "a%", "a_", "_", "%", "*", "a*", "?", "[", "[a", "{", "\\", "a\\", ".", "..", "/", "~", " ", "a ", "'", "é", "e", "日", "K", "ns/4:name/", "ns/4:name/v1/", "nothing", "a*{1,2}?[x]%",
			} {
				var want []string
				for _, k := range oddKeys {
					if strings.HasPrefix(k, prefix) {
						want = append(want, k)
					}
				}
				slices.Sort(want)
				if got := slices.Sorted(maps.Keys(s.keys(prefix))); !slices.Equal(got, want) {
					s.Errorf("List(%q) yields %.200q, want %.200q", prefix, got, want)
				}
				u, err := backend.Size(s.ctx(), s.b, prefix)
				s.must("Size", err)
				if u.Entries != int64(len(want)) && u.Entries != -1 {
					s.Errorf("Size(%q) counts %d entries, want %d", prefix, u.Entries, len(want))
				}
			}
		},
	},
	{
		name: "isolated prefixes",
		why:  "Many functions share a store: clearing, cleaning up or unlocking one touches no other.",
		run: func(s *session) {
			for _, prefix := range []string{"a_", "a%", "a*", "a/", "A", "[a]", "a.", "日", "a*{1,2}?[x]%"} {
				for _, k := range oddKeys {
					s.set(k, k)
				}
				s.must("Clear", backend.Clear(s.ctx(), s.b, prefix))
				for _, k := range oddKeys {
					_, err := s.other.Get(s.ctx(), k)
					if gone := err != nil; gone != strings.HasPrefix(k, prefix) {
						s.Errorf("after Clear(%q), %q: gone is %v", prefix, k, gone)
					}
				}
			}
		},
	},
	{
		name: "isolated clean-up",
		why:  "Cleanup touches nothing outside of its prefix, and nothing that isn't past its Expires.",
		run: func(s *session) {
			past := backend.Entry{Value: []byte("old"), Created: time.Now().Add(-time.Hour), Expires: time.Now().Add(-time.Minute)}
			for _, k := range []string{"a_1", "ab1", "A_1"} {
				s.must("Set", s.b.Set(s.ctx(), k, past))
			}
			s.set("a_2", "fresh")
			n, err := backend.Cleanup(s.ctx(), s.b, "a_")
			s.must("Cleanup", err)
			if n > 1 {
				s.Errorf("Cleanup(\"a_\") removed %d entries, want 1", n)
			}
			s.absent("a_1")
			s.holds("a_2", "fresh")
		},
	},
	{
		name: "isolated locks", locks: true,
		why: "BreakLocks breaks the leases under the literal prefix, counts them, and breaks no other.",
		run: func(s *session) {
			in := []string{"a_1", "a_2", "a_"}
			out := []string{"a", "ab1", "A_1", "a%1", "b"}
			leases := map[string]backend.Lease{}
			for _, k := range slices.Concat(in, out) {
				leases[k] = s.lock(k, long)
			}
			n, err := backend.BreakLocks(s.ctx(), s.other, "a_")
			s.must("BreakLocks", err)
			if n != len(in) {
				s.Errorf("BreakLocks(\"a_\") counts %d, want %d", n, len(in))
			}
			for _, k := range in {
				s.lost(k, leases[k])
			}
			for _, k := range out {
				s.held(k)
				s.must("Commit", leases[k].Commit(s.ctx(), text("v")))
			}
		},
	},
}
