//go:build unix

package filebackend_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
)

// A directory that others can write to decides what functions return: it is
// refused, with what to do about it.
func TestRefusedDirectories(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"writable by all":       {func(t *testing.T, dir string) { must(t, os.Chmod(dir, 0o707)) }, "may be written to by others (mode 707)"},
		"writable by its group": {func(t *testing.T, dir string) { must(t, os.Chmod(dir, 0o770)) }, "may be written to by others (mode 770)"},
		"writable inside": {func(t *testing.T, dir string) {
			must(t, os.Mkdir(filepath.Join(dir, "v1"), 0o700))
			must(t, os.Chmod(filepath.Join(dir, "v1"), 0o777))
		}, "may be written to by others (mode 777)"},
		"somebody else's": {func(t *testing.T, dir string) {
			if os.Geteuid() != 0 {
				t.Skip("only root can give a directory away")
			}
			must(t, os.Chown(dir, 12345, 12345))
		}, "belongs to the user 12345, not to 0"},
		"a link inside": {func(t *testing.T, dir string) {
			must(t, os.Symlink(t.TempDir(), filepath.Join(dir, "v1")))
		}, "is not a directory"},
		"a file": {func(t *testing.T, dir string) {
			must(t, os.Remove(dir))
			must(t, os.WriteFile(dir, nil, 0o600))
		}, "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cache")
			must(t, os.Mkdir(dir, 0o700))
			test.spoil(t, dir)
			_, err := filebackend.New(dir, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want an error with %q and the directory", err, test.want)
			}
		})
	}
}

func TestAPipeIsForeign(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	must(t, s.Set(t.Context(), "k", value("v")))
	must(t, s.Delete(t.Context(), "k"))
	must(t, syscall.Mkfifo(s.EntryPath("k"), 0o600))
	_, err := s.Get(t.Context(), "k") // must not wait for a writer
	wantErr(t, "Get", err, backend.ErrForeign)
	wantErr(t, "Set", s.Set(t.Context(), "k", value("v")), backend.ErrForeign)
}

// nobodyVariable is the directory of a test that runs as nobody.
const nobodyVariable = "CACHIER_TEST_NOBODY"

// Who may not write can still read what is there.
func TestUnwritable(t *testing.T) {
	if dir := os.Getenv(nobodyVariable); dir != "" {
		unwritable(t, dir)
		return
	}
	if os.Geteuid() != 0 {
		unwritable(t, t.TempDir())
		return
	}
	// The rights of root know no bounds, and a process can't take them back.
	self, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestUnwritable$")
	cmd.Env = append(os.Environ(), nobodyVariable+"="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("as nobody: %v\n%s", err, out)
	}
}

const nobody = 65534

func unwritable(t testing.TB, dir string) {
	ctx := t.Context()
	dir = filepath.Join(dir, "cache")
	must(t, os.Mkdir(dir, 0o700))
	if os.Geteuid() == 0 {
		for d := dir; d != "/"; d = filepath.Dir(d) {
			must(t, os.Chmod(d, 0o755|os.ModeSticky))
			if filepath.Dir(d) == os.TempDir() {
				break
			}
		}
		must(t, os.Chown(dir, nobody, nobody))
		must(t, syscall.Setgid(nobody))
		must(t, syscall.Setuid(nobody))
	}
	s := open(t, dir, nil)
	must(t, s.Set(ctx, "k", value("v")))
	held, err := s.Lock(ctx, "k", time.Hour)
	must(t, err)
	chmod := func(files, dirs os.FileMode) {
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			must(t, err)
			if d.IsDir() {
				return os.Chmod(path, 0o700)
			}
			return os.Chmod(path, files)
		}))
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if d.IsDir() {
				defer func() { must(t, os.Chmod(path, dirs)) }()
			}
			return err
		}))
	}
	chmod(0o400, 0o500)
	defer chmod(0o600, 0o700)

	s = open(t, dir, nil)
	holds(t, s, "k", "v")
	n := 0
	for _, err := range s.List(ctx, "") {
		must(t, err)
		n++
	}
	if n != 1 {
		t.Errorf("List yields %d entries", n)
	}
	_, lockErr := s.Lock(ctx, "other", time.Minute)
	for what, err := range map[string]error{
		"Set": s.Set(ctx, "k", value("w")), "Delete": s.Delete(ctx, "k"), "Clear": s.Clear(ctx, ""),
		"Lock": lockErr, "Commit": held.Commit(ctx, value("w")),
	} {
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v, want that there is no permission", what, err)
		}
	}
	holds(t, s, "k", "v")
}

func TestNoHomeDirectory(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	_, err := filebackend.New("", nil)
	if err == nil || !strings.Contains(err.Error(), "option dir") {
		t.Errorf("got %v, want an error that names the option dir", err)
	}
}

func TestDefaultDirectory(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "xdg"))
	s := open(t, "", nil)
	want, err := filebackend.DefaultDir()
	must(t, err)
	if s.Dir() != want || !strings.HasPrefix(want, home) || filepath.Base(want) != "cachier" {
		t.Errorf("the directory is %s, DefaultDir %s, below %s", s.Dir(), want, home)
	}
	if s.Identity() != "file:"+want || s.Kind() != "file" {
		t.Errorf("it is a %s, %s", s.Kind(), s.Identity())
	}
}

func TestOptions(t *testing.T) {
	_, err := filebackend.New(t.TempDir(), &filebackend.Options{MaxBytes: 1000})
	if err == nil || !strings.Contains(err.Error(), "Options.MaxBytes") {
		t.Errorf("got %v, want an error that names Options.MaxBytes", err)
	}
	open(t, t.TempDir(), &filebackend.Options{MaxBytes: -1})
}

// A process that is stopped in a critical section holds up who changes the same
// directory of the 256, for as long as their contexts last, and no reader.
func TestAFrozenProcess(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	must(t, s.Set(t.Context(), "k", value("v")))
	f, err := os.OpenFile(filepath.Join(s.ShardDir("k"), filebackend.LockName), os.O_RDWR, 0)
	must(t, err)
	must(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantErr(t, "Set", s.Set(ctx, "k", value("w")), ctx.Err())
	wantErr(t, "Delete", s.Delete(ctx, "k"), ctx.Err())
	_, err = s.Lock(ctx, "k", time.Minute)
	wantErr(t, "Lock", err, ctx.Err())
	holds(t, s, "k", "v")
	if temps := left(t, s, "*.tmp"); len(temps) != 0 {
		t.Errorf("temporary files are left: %v", temps)
	}
	must(t, f.Close())
	must(t, s.Set(t.Context(), "k", value("w")))
	holds(t, s, "k", "w")

	// Close ends the waiting, too.
	f, err = os.OpenFile(filepath.Join(s.ShardDir("k"), filebackend.LockName), os.O_RDWR, 0)
	must(t, err)
	defer func() { _ = f.Close() }()
	must(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	waiting := make(chan error)
	go func() { waiting <- s.Delete(t.Context(), "k") }()
	time.Sleep(10 * time.Millisecond)
	must(t, s.Close())
	wantErr(t, "Delete", <-waiting, backend.ErrClosed)
}

// Who is stopped while it tells delays the others by next to nothing; what
// couldn't be told is a gap later.
func TestAFrozenTeller(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	must(t, s.Set(ctx, "k", value("v")))
	r := reader(t, s)
	f, err := os.OpenFile(s.RingPath(), os.O_RDWR, 0)
	must(t, err)
	must(t, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	must(t, s.Delete(ctx, "k"))
	if events := told(t, r); len(events) != 0 {
		t.Errorf("told of %v", events)
	}
	must(t, f.Close())
	must(t, s.Set(ctx, "k", value("v")))
	events := told(t, r)
	if len(events) != 2 || events[0].Kind != backend.EventGap || events[1].Kind != backend.EventStored {
		t.Errorf("told of %v, want a gap and what was stored", events)
	}
}
