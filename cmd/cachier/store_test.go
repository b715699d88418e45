package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
	"github.com/cachier-go/cachier/internal/keyform"
)

// fill makes a store and puts n entries of each of some functions into it.
func fill(t *testing.T, scheme location.Scheme, n int, functions ...string) (*location.Store, string) {
	t.Helper()
	l := location.Location{Scheme: scheme, Path: filepath.Join(t.TempDir(), "cache")}
	s, err := l.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, f := range functions {
		for i := range n {
			if err := s.Backend.Set(t.Context(), keyform.Stored("shop", f, "1", fmt.Append(nil, i)), backend.Entry{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s, l.String()
}

func entries(t *testing.T, s *location.Store, function string) int64 {
	t.Helper()
	u, err := backend.Size(context.Background(), s.Backend, keyform.Prefix("shop", function))
	if err != nil {
		t.Fatal(err)
	}
	return u.Entries
}

// Two processes that clear, list and write at the same time harm nobody.
func TestTwoProcesses(t *testing.T) {
	for _, scheme := range []location.Scheme{location.File, location.SQLite} {
		s, url := fill(t, scheme, 500, "a", "b", "kept")
		outputs := make([]bytes.Buffer, 4)
		var running []*exec.Cmd
		for i, args := range [][]string{
			{"clear", url, "a", "--yes"}, {"clear", url, "b", "--yes"}, {"ls", url, "--json"}, {"gc", url},
		} {
			c := command(t, args...)
			c.Stdout, c.Stderr = &outputs[i], &outputs[i]
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			running = append(running, c)
		}
		var writing sync.WaitGroup
		writing.Go(func() {
			for i := range 200 {
				if err := s.Backend.Set(context.Background(), keyform.Stored("shop", "new", "1", fmt.Append(nil, i)), backend.Entry{}); err != nil {
					t.Error(err)
				}
			}
		})
		for i, c := range running {
			if err := c.Wait(); err != nil {
				t.Errorf("%v: %v\n%s", c.Args[1:], err, &outputs[i])
			}
		}
		writing.Wait()
		if a, b, kept, fresh := entries(t, s, "a"), entries(t, s, "b"), entries(t, s, "kept"), entries(t, s, "new"); a != 0 || b != 0 || kept != 500 || fresh != 200 {
			t.Errorf("%s: %d, %d, %d and %d entries", scheme, a, b, kept, fresh)
		}
		if n := strings.Count(outputs[2].String(), `"function":"kept"`); n != 500 {
			t.Errorf("%s: ls saw %d of 500 entries that stood still", scheme, n)
		}
	}
}

// A signal while the command asks ends it, and deletes nothing.
func TestClearEndsOnSignal(t *testing.T) {
	s, url := fill(t, location.File, 3, "a")
	c := command(t, "clear", url, "a")
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	for b := make([]byte, 1024); !strings.Contains(said.String(), "[y/N]"); {
		n, err := stderr.Read(b)
		said.Write(b[:n])
		if err != nil {
			t.Fatalf("%v: %s", err, &said)
		}
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_, _ = said.ReadFrom(stderr)
	var ended *exec.ExitError
	if err := c.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 130 || !strings.HasSuffix(said.String(), "\nInterrupted: nothing was deleted.\n") {
		t.Errorf("%v\n%s", err, &said)
	}
	if n := entries(t, s, "a"); n != 3 {
		t.Errorf("%d entries", n)
	}
}
