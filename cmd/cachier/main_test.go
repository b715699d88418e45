package main_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program builds the command once for all tests of this package.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "cachier-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "cachier")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(t.Context(), path, args...)
}

func TestDemoEndsOnSignals(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		c := command(t, "demo", "--addr", "127.0.0.1:0")
		c.Stderr = os.Stderr
		stdout, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		page := ""
		for page == "" && lines.Scan() {
			if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "page" {
				page = fields[1]
			}
		}
		response, err := http.Get(page)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		summary := false
		for lines.Scan() {
			summary = summary || strings.HasPrefix(lines.Text(), "rates.fetch")
		}
		if err := c.Wait(); err != nil || !summary {
			t.Errorf("%v: %v, summary %v", signal, err, summary)
		}
	}
}

func TestDemoOfGivenLength(t *testing.T) {
	out, err := command(t, "demo", "--addr", "127.0.0.1:0", "--for", "1s").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\nweather.forecast ") {
		t.Errorf("%v:\n%s", err, out)
	}
}

// An interrupted replay reports what it has replayed.
func TestReplayInterrupted(t *testing.T) {
	c := command(t, "replay", "-", "--max-entries", "10")
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	some := []byte(strings.Repeat("a\nb\n", 5000))
	// The pipe takes the second part when the first has been read.
	for range 100 {
		if _, err := stdin.Write(some); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for err == nil { // until nobody reads any more
		_, err = stdin.Write(some)
		time.Sleep(time.Millisecond)
	}
	var ended *exec.ExitError
	if err := c.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 130 {
		t.Errorf("%v: %s", err, &stderr)
	}
	if !strings.HasPrefix(stdout.String(), "Interrupted: this covers the first ") || !strings.Contains(stdout.String(), "Hit ratio >99.9 %") {
		t.Error(stdout.String())
	}
}

func TestExitCodes(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "t")
	if err := os.WriteFile(trace, []byte("a\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		code int
		args []string
	}{
		{0, []string{"--help"}},
		{0, []string{"replay", trace}},
		{2, []string{"replay", trace, "--ttl", "1s"}},
		{2, []string{"replay", trace + "x"}},
		{2, []string{"boil"}},
		{1, []string{"demo", "--addr", "203.0.113.7:1"}},
	} {
		c := command(t, tt.args...)
		c.Stdout, c.Stderr = io.Discard, io.Discard
		_ = c.Run()
		if code := c.ProcessState.ExitCode(); code != tt.code {
			t.Errorf("%v: ended with %d, want %d", tt.args, code, tt.code)
		}
	}
}
