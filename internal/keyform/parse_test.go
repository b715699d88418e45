package keyform_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/internal/keyform"
)

func TestParse(t *testing.T) {
	got, ok := keyform.Parse("c1:4:shop:11:users.fetch:2:v3:=a:=b")
	want := keyform.Parts{
		Namespace: keyform.Part{Text: "shop"}, Name: keyform.Part{Text: "users.fetch"},
		Version: keyform.Part{Text: "v3"}, Key: keyform.Part{Text: "a:=b"}, Prefix: "c1:4:shop:11:users.fetch:",
	}
	if !ok || got != want {
		t.Errorf("%v, %+v", ok, got)
	}
	long := strings.Repeat("n", 101)
	got, ok = keyform.Parse(keyform.Stored("", long, "v3", make([]byte, 300)))
	if !ok || !got.Key.Hashed || !got.Name.Hashed || !got.Name.Is(long) || got.Name.Is("n") || got.Prefix != keyform.Prefix("", long) {
		t.Errorf("%v, %+v", ok, got)
	}
	if got.Name.String() != "#"+got.Name.Text || got.Version.String() != "v3" {
		t.Error(got.Name, got.Version)
	}
}

// What Stored can't have made isn't taken for a key of a function.
func TestParseRefuses(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	for _, stored := range []string{
		"", "c1:", "c2:1:a:1:b:1:c:=d", "c1:1:a:1:b:1:c:", "c1:1:a:1:b:1:c:d", "c1:1:a:1:b:=d", "x", "=", ":",
		"c1:01:a:1:b:1:c:=d", "c1:+1:a:1:b:1:c:=d", "c1:-1:a:1:b:1:c:=d", "c1:2:a:1:b:1:c:=d", "c1:1:a1:b:1:c:=d",
		"c1:101:" + strings.Repeat("a", 101) + ":1:b:1:c:=d", "c1:99999999999999999999:a:1:b:1:c:=d",
		"c1:1:\n:1:b:1:c:=d", "c1:1:a:1:b:1:c:=\n", "c1:1:a:1:b:1:c:=\xff", "c1:1:a:1:b:1:c:=" + strings.Repeat("d", 201),
		"c1:1:a:1:b:1:c:#" + sum[1:], "c1:1:a:1:b:1:c:#" + strings.ToUpper(sum), "c1:1:a:1:b:1:c:#" + sum + "0",
		"c1:#" + sum[2:] + ":1:b:1:c:=d",
	} {
		if p, ok := keyform.Parse(stored); ok {
			t.Errorf("%q was parsed as %+v", stored, p)
		}
	}
	if _, ok := keyform.Parse("c1:#" + sum + ":0::1:c:#" + sum); !ok {
		t.Error("a hashed namespace and an empty name weren't parsed")
	}
}

// rebuild makes the stored key again.
func rebuild(p keyform.Parts) string {
	s := keyform.Root
	for _, part := range []keyform.Part{p.Namespace, p.Name, p.Version} {
		if part.Hashed {
			s += "#" + part.Text + ":"
		} else {
			s += fmt.Sprintf("%d:%s:", len(part.Text), part.Text)
		}
	}
	if p.Key.Hashed {
		return s + "#" + p.Key.Text
	}
	return s + "=" + p.Key.Text
}

// Every text that is parsed says all that there is to know of it.
func FuzzParse(f *testing.F) {
	f.Add("c1:4:shop:11:users.fetch:2:v3:=42")
	f.Add(keyform.Stored("a", strings.Repeat("b", 200), "", make([]byte, 300)))
	f.Fuzz(func(t *testing.T, stored string) {
		if p, ok := keyform.Parse(stored); ok && (rebuild(p) != stored || !strings.HasPrefix(stored, p.Prefix)) {
			t.Errorf("%q was parsed as %+v", stored, p)
		}
	})
}

// What goes in comes out, whole or by its hash.
func FuzzParseStored(f *testing.F) {
	f.Add("shop", "users.fetch", "v3", "42")
	f.Add("", "a:1:b", "=", "\x00")
	f.Fuzz(func(t *testing.T, namespace, name, version, key string) {
		stored := keyform.Stored(namespace, name, version, []byte(key))
		p, ok := keyform.Parse(stored)
		if !ok || rebuild(p) != stored || p.Prefix != keyform.Prefix(namespace, name) ||
			!p.Namespace.Is(namespace) || !p.Name.Is(name) || !p.Version.Is(version) {
			t.Errorf("%q was parsed as %v, %+v", stored, ok, p)
		}
		if sum := sha256.Sum256([]byte(key)); p.Key.Text != key && p.Key.Text != hex.EncodeToString(sum[:]) {
			t.Errorf("the key %q came back as %+v", key, p.Key)
		}
	})
}
