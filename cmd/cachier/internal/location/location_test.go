package location_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

func TestParse(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if dir, _ = os.Getwd(); dir == "" {
		t.Fatal("no working directory")
	}
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "xdg"))
	for given, want := range map[string]location.Location{
		"file:":                      {Scheme: location.File, Path: filepath.Join(dir, "xdg", "cachier")},
		"file:a b/../%41":            {Scheme: location.File, Path: filepath.Join(dir, "%41")},
		"FILE:/x":                    {Scheme: location.File, Path: "/x"},
		"file:///x%20y":              {Scheme: location.File, Path: "/x y"},
		"file://localhost/x":         {Scheme: location.File, Path: "/x"},
		"sqlite:c.db":                {Scheme: location.SQLite, Path: filepath.Join(dir, "c.db")},
		"sqlite:/c.db?table=my_own":  {Scheme: location.SQLite, Path: "/c.db", Table: "my_own"},
		"sqlite:///c.db?table=other": {Scheme: location.SQLite, Path: "/c.db", Table: "other"},
		"memory:":                    {Scheme: location.Memory},
		"S3://bucket":                {Scheme: location.S3, Path: "//bucket"},
		"s3://bucket/a/b?region=r":   {Scheme: location.S3, Path: "//bucket/a/b?region=r"},
	} {
		got, err := location.Parse(given)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", given, got, err, want)
			continue
		}
		if again, err := location.Parse(got.String()); err != nil || again != want {
			t.Errorf("%s is written as %s, which is %+v, %v", given, got, again, err)
		}
	}
}

// A path may hold what has a meaning in URLs and in patterns.
func TestStrangePaths(t *testing.T) {
	for _, scheme := range []location.Scheme{location.File, location.SQLite} {
		l := location.Location{Scheme: scheme, Path: filepath.Join(t.TempDir(), "a %41[#&*b")}
		s, err := l.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(l.Path); err != nil {
			t.Error(err)
		}
		s, err = l.Open(t.Context())
		if err != nil {
			t.Errorf("%s: %v", l, err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A directory whose tag was lost is known by what is in it.
func TestCacheWithoutTag(t *testing.T) {
	l := location.Location{Scheme: location.File, Path: filepath.Join(t.TempDir(), "c[a]che")}
	for _, name := range []string{"v1/7f/lock", "v1/7f/x", "v1/7g/lock"} {
		path := filepath.Join(l.Path, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := l.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	_ = os.Remove(filepath.Join(l.Path, "CACHEDIR.TAG"))
	_ = os.Remove(filepath.Join(l.Path, "v1", "7f", "lock"))
	var wrong *location.Error
	if _, err := l.Open(t.Context()); !errors.As(err, &wrong) {
		t.Error(err)
	}
}

// A URL of MongoDB may name many hosts; it is shown without what is secret.
func TestMongo(t *testing.T) {
	for given, want := range map[string]string{
		"mongodb://here/app": "mongodb://here/app",
		"MONGODB://u:a%2Fb@one:1,two:2,[::1]:3/app?replicaSet=r&collection=c%20d": "mongodb://u@one:1,two:2,[::1]:3/app?replicaSet=r&collection=c+d",
		"mongodb+srv://u:p@cluster.example.net/app":                               "mongodb+srv://u@cluster.example.net/app",
		"mongodb+srv://a.example.net/app?tlsCertificateKeyFilePassword=p&w=1":     "mongodb+srv://a.example.net/app?w=1",
	} {
		l, err := location.Parse(given)
		if err != nil || l.String() != want {
			t.Errorf("%s is shown as %s, %v", given, l, err)
		}
	}
}
