package s3backend_test

import (
	"strings"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
)

func TestNames(t *testing.T) {
	for key, want := range map[string]string{
		"c1:4:shop:11:users.fetch:2:v3:=42": "c1_3a4_3ashop_3a11_3ausers.fetch_3a2_3av3_3a_3d42",
		"..":                                "_2e_2e",
		"a..":                               "a._2e",
		"a/b_c":                             "a_2fb_5fc",
		"日":                                 "_e6_97_a5",
	} {
		if got := s3backend.NameOf(key); got != want {
			t.Errorf("%s is named %s, want %s", key, got, want)
		}
	}
	for _, name := range []string{"", "a/b", "A B", "a_", "a_4", "a_zz", "a_41", "a_5F", "_2e2", "__", "a__00", "日", strings.Repeat("a", 201)} {
		if key, whole, ok := s3backend.KeyOf(name); ok && (!whole || s3backend.NameOf(key) != name) {
			t.Errorf("%.20q is taken for the name of %q", name, key)
		}
	}
}

// Names are files', no two keys have the same one, a name tells its key or that
// it was cut, and a listing for any prefix of a key finds it.
func FuzzNames(f *testing.F) {
	x := strings.Repeat("x", backend.MaxKeyLen-1)
	for _, key := range []string{"a", "a/", "a_2f", "..", "é", x + "a", x[:200], x[:201], strings.Repeat("/", 70), strings.Repeat("日", 200), x[:118] + "_/", x[:119] + "/", x[:120] + "//"} {
		f.Add(key, x+"b", 60)
	}
	f.Fuzz(func(t *testing.T, key, other string, n int) {
		if key == "" || other == "" {
			return
		}
		name := s3backend.NameOf(key)
		if len(name) > 200 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || name[0] == '.' {
			t.Errorf("%q is named %q", key, name)
		}
		if key != other && name == s3backend.NameOf(other) {
			t.Errorf("%q and %q are both named %q", key, other, name)
		}
		got, whole, ok := s3backend.KeyOf(name)
		if !ok || whole && got != key || whole != (len(s3backend.Escape(key)) <= 200) {
			t.Errorf("%q is named %q, which is taken for that of %q", key, name, got)
		}
		prefix := key[:uint(n)%uint(len(key)+1)]
		if !strings.HasPrefix(name, s3backend.ListFor(prefix)) {
			t.Errorf("a listing for %q doesn't find %q", prefix, name)
		}
	})
}
