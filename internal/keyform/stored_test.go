package keyform_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/keyform"
)

func TestStoredIsReadable(t *testing.T) {
	got := keyform.Stored("shop", "users.fetch", "v3", []byte("42"))
	if want := "c1:4:shop:11:users.fetch:2:v3:=42"; got != want {
		t.Errorf("stored under %s, want %s", got, want)
	}
	long := keyform.Stored("shop", "users.fetch", "v3", make([]byte, 1000))
	if !strings.HasPrefix(long, "c1:4:shop:11:users.fetch:2:v3:#") || len(long) > 100 {
		t.Errorf("a long key is stored under %s", long)
	}
	// Only keys that can't be shown are hashed, not all that aren't English.
	if got := keyform.Stored("n", "f", "1", []byte("Zoë 東京")); !strings.HasSuffix(got, "=Zoë 東京") {
		t.Errorf("a printable key is stored under %s", got)
	}
}

// part is one function, and one of its keys.
type part struct{ namespace, name, version, key string }

func (p part) stored() string {
	return keyform.Stored(p.namespace, p.name, p.version, []byte(p.key))
}

func (p part) function() part { return part{namespace: p.namespace, name: p.name} }

// storedLaws are what every two stored keys must obey.
func storedLaws(t *testing.T, a, b part) {
	t.Helper()
	x, y := a.stored(), b.stored()
	if (x == y) != (a == b) {
		t.Errorf("%#v and %#v are stored under %q and %q", a, b, x, y)
	}
	prefix := keyform.Prefix(a.namespace, a.name)
	if strings.HasPrefix(y, prefix) != (a.function() == b.function()) {
		t.Errorf("the prefix %q of %#v and the key %q of %#v", prefix, a, y, b)
	}
	if !strings.HasPrefix(x, prefix) {
		t.Errorf("%q does not begin with %q", x, prefix)
	}
	if len(x) > backend.MaxKeyLen || !utf8.ValidString(x) || strings.ContainsFunc(x, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		t.Errorf("%q is no key for a backend", x)
	}
	if x != keyform.Join(keyform.VersionPrefix(a.namespace, a.name, a.version), []byte(a.key)) {
		t.Errorf("Join and Stored disagree on %#v", a)
	}
}

// Each of these was made to be mistaken for another one by a simpler scheme.
func TestStoredAgainstTricks(t *testing.T) {
	hash := strings.TrimPrefix(keyform.Join("", make([]byte, 1000)), "#")
	parts := []part{
		{},
		{"a", "b", "c", "d"},
		{"a:", "b", "c", "d"},
		{"a", ":b", "c", "d"},
		{"a:1:b", "", "c", "d"},
		{"a", "b:1:c", "", "d"},
		{"a", "b", "c:=d", ""},
		{"a", "b", "", "c:=d"},
		{"a", "b", "1:c:", "d"},
		{"", "1:a:", "", ""},
		{"1:a", "", "", ""},
		{"a", "b%", "c", "d"},
		{"a", "b_", "c", "d"},
		{"a", "b*", "c", "d"},
		{"a", "B", "c", "d"},
		{"a", "bb", "c", "d"},
		{"a", "b", "c", "d "},
		{"a", "b", "c", string(make([]byte, 1000))},
		{"a", "b", "c", hash},
		{"a", "b", "c", "#" + hash},
		{"a", hash, "c", "d"},
		{"a", "#" + hash, "c", "d"},
		{"a", string(make([]byte, 1000)), "c", "d"},
		{"a", strings.Repeat("b", 100), "c", "d"},
		{"a", strings.Repeat("b", 101), "c", "d"},
		{"a", "b", "c", strings.Repeat("d", 200)},
		{"a", "b", "c", strings.Repeat("d", 201)},
		{"a", "b", "c", "\xff"},
		{"a", "b", "c", "\ufffd"},
		{"a", "b\n", "c", "d"},
	}
	for _, a := range parts {
		for _, b := range parts {
			storedLaws(t, a, b)
		}
	}
}

func FuzzStored(f *testing.F) {
	f.Add("a", "b", "c", "d", "a:", "b", "c", "d")
	f.Add("a", "b", "c", "=d", "a", "b", "c:=d", "")
	f.Add("a", "b", "c", strings.Repeat("x", 300), "a", "b", "c", "#")
	f.Add("", "1:a:", "", "\x00", "1:a", "", "", "\xff")
	f.Fuzz(func(t *testing.T, an, am, av, ak, bn, bm, bv, bk string) {
		storedLaws(t, part{an, am, av, ak}, part{bn, bm, bv, bk})
	})
}

// The encodings of a type with everything in it: two values have one key
// exactly if they are equal.
func FuzzEncoding(f *testing.F) {
	f.Add("a", "b", 1, []byte("x"), "a,b", "", 1, []byte(nil))
	f.Add(`"`, `\`, 1, []byte{}, `\"`, ``, -1, []byte("nil"))
	f.Add("\xff", "]", 0, []byte("]"), "\ufffd", "[", 0, []byte("["))
	f.Fuzz(func(t *testing.T, as, at string, an int, ab []byte, bs, bt string, bn int, bb []byte) {
		x, y := sampleKey(as, at, an, ab), sampleKey(bs, bt, bn, bb)
		same := fmt.Sprintf("%#v", x) == fmt.Sprintf("%#v", y)
		if (encode(t, x) == encode(t, y)) != same {
			t.Errorf("%#v and %#v are encoded as %s and %s", x, y, encode(t, x), encode(t, y))
		}
	})
}

type everything struct {
	Tags  []string
	Where map[string]int
	Raw   []byte
	Pair  [2]string
	N     int
}

// sampleKey makes one of several shapes of a key out of what the fuzzer gives.
func sampleKey(s, u string, n int, raw []byte) everything {
	k := everything{N: n, Raw: raw, Pair: [2]string{u, s}}
	switch n & 3 {
	case 1:
		k.Tags = []string{s, u}
	case 2:
		k.Tags, k.Where = strings.Split(s, ","), map[string]int{s: n, u: 1}
	case 3:
		k.Where = map[string]int{}
	}
	return k
}

// Other processes and releases compute the same, so these never change.
func TestStableHash(t *testing.T) {
	for key, want := range map[string]string{
		"":            "efd01f60ba992926",
		"a":           "82a2a958a9bece5b",
		"users.fetch": "c6e98b9a44771851",
	} {
		got := fmt.Sprintf("%016x", keyform.StableHash(key))
		if got != want {
			t.Errorf("the hash of %q is %s, want %s", key, got, want)
		}
		if short := keyform.ShortHash(key); short != got[:8] || short != keyform.Short(keyform.StableHash(key)) {
			t.Errorf("the short hash of %q is %s, want %s", key, short, got[:8])
		}
	}
}
