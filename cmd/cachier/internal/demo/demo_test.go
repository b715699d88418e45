package demo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/demo"
)

// screen collects what the demo writes, which a test reads at the same time.
type screen struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var where = regexp.MustCompile(`page +(http://\S+)/\n`)

// base waits for the demo to say where it is.
func (s *screen) base(t *testing.T) string {
	t.Helper()
	for range 1000 {
		if found := where.FindStringSubmatch(s.String()); found != nil {
			return found[1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("nothing said where to look:\n%s", s)
	return ""
}

func get(t *testing.T, url string) (status int, header http.Header, body string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(b)
}

// shown are the functions side by side, with the labels and the words for where
// they keep their results.
var shown = []struct{ name, backend, place string }{
	{"fractal.tile", "memory", "memory"},
	{"fractal.tile", "file", "files"},
	{"fractal.tile", "sql", "SQLite"},
	{"shop.bestsellers", "file", "files"},
	{"notes.render", "memory", "memory"},
	{"rates.fetch", "sql", "SQLite"},
	{"weather.forecast", "memory", "memory"},
}

// requests is how a count of a function's calls begins in /metrics.
func requests(name, backend, place string) string {
	s := `cachier_requests_total{backend="` + backend + `",cache="` + name + `",`
	if name == "fractal.tile" {
		s += `kept_in="` + place + `",`
	}
	return s
}

func TestDemo(t *testing.T) {
	for _, columns := range []int{0, 60} {
		out := new(screen)
		done := make(chan error, 1)
		go func() {
			done <- demo.Run(t.Context(), demo.Options{
				Addr: "127.0.0.1:0", For: 2 * time.Second, Out: out, Columns: func() int { return columns },
			})
		}()
		base := out.base(t)
		if status, _, page := get(t, base+"/"); status != 200 || !strings.Contains(page, "<th scope=\"row\" class=\"name\"><span>rates.fetch</span>") {
			t.Errorf("the page answers %d:\n%s", status, page)
		}
		status, _, metrics := get(t, base+"/metrics")
		for _, f := range shown {
			if status != 200 || !strings.Contains(metrics, requests(f.name, f.backend, f.place)+`outcome="hit"`) {
				t.Errorf("no %s in /metrics (%d)", f, status)
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		_, table, _ := strings.Cut(out.String(), "function ")
		for _, f := range append(shown[:len(shown):len(shown)], struct{ name, backend, place string }{"all", "", ""}) {
			if !regexp.MustCompile(`\n` + f.name + ` +` + f.place + ` `).MatchString(table) {
				t.Errorf("%s isn't in the summary:\n%s", f, out)
			}
		}
		if live := strings.Contains(out.String(), "\r\x1b[K"); live != (columns > 0) {
			t.Errorf("%d columns: %q", columns, out)
		}
		for line := range strings.SplitSeq(out.String(), "\r\x1b[K") {
			if _, text, _ := strings.Cut(line, "now.\n\n"); columns > 0 && !strings.Contains(line, "\n") && len([]rune(text)) >= columns {
				t.Errorf("a live line is too long: %q", line)
			}
		}
		if _, err := http.Get(base); err == nil {
			t.Error("it still answers")
		}
	}
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := new(screen)
	done := make(chan error, 1)
	go func() {
		done <- demo.Run(ctx, demo.Options{Addr: "127.0.0.1:0", Out: out, Columns: func() int { return 0 }})
	}()
	out.base(t)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "\nfunction ") {
		t.Errorf("no summary:\n%s", out)
	}
}

func TestPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	addr := taken.Addr().String()
	err = demo.Run(t.Context(), demo.Options{Addr: addr, Out: io.Discard, Columns: func() int { return 0 }})
	want := addr + " is in use by another program; choose another port, such as --addr 127.0.0.1:9191, or let --addr 127.0.0.1:0 take a free one"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	err = demo.Run(t.Context(), demo.Options{Addr: "203.0.113.7:1", Out: io.Discard, Columns: func() int { return 0 }})
	if err == nil || !strings.HasPrefix(err.Error(), "can't serve at --addr 203.0.113.7:1: ") {
		t.Error(err)
	}
}

func service(t *testing.T) demo.Service {
	t.Helper()
	s, err := demo.NewService(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(s.Dir()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left behind: %v", s.Dir(), err)
		}
	})
	return s
}

func TestPages(t *testing.T) {
	s := service(t)
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	for path, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/style.css": "text/css; charset=utf-8",
		"/page.js": "text/javascript; charset=utf-8", "/icon.svg": "image/svg+xml", "/metrics": "text/plain",
	} {
		status, header, body := get(t, server.URL+path)
		if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), kind) || body == "" {
			t.Errorf("%s: %d, %s", path, status, header.Get("Content-Type"))
		}
		if !strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none';") {
			t.Errorf("%s: policy %q", path, header.Get("Content-Security-Policy"))
		}
		// No outside address, and nothing the policy would block.
		if path != "/metrics" && path != "/icon.svg" && regexp.MustCompile(`https?://|//[a-z]+\.|style="|onclick|<style`).MatchString(body) {
			t.Errorf("%s reaches out or styles itself:\n%s", path, body)
		}
	}
	for _, path := range []string{"/nothing", "/web/page.html", "/metrics/", "/style.css/x"} {
		if status, _, _ := get(t, server.URL+path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	response, err := http.Post(server.URL+"/", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", response.StatusCode)
	}
}

// Before the first call there is no data, which isn't zero.
func TestPageWithoutData(t *testing.T) {
	s := service(t)
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	page := answer.Body.String()
	if !strings.Contains(page, `<td data-label="Hit ratio, 1 min" class="strong">–</td>`) || strings.Contains(page, "NaN") {
		t.Error(page)
	}
}

// Each function does real work and is cached.
func TestFunctions(t *testing.T) {
	s := service(t)
	if s.Functions() != len(shown) {
		t.Fatalf("%d functions", s.Functions())
	}
	for f := range s.Functions() {
		for range 3 {
			s.Call(t.Context(), f, 7)
		}
	}
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, f := range shown {
		for _, want := range []string{
			requests(f.name, f.backend, f.place) + `outcome="hit"} 2`,
			requests(f.name, f.backend, f.place) + `outcome="miss",reason="absent"} 1`,
		} {
			if !strings.Contains(answer.Body.String(), want+"\n") && !strings.Contains(answer.Body.String(), strings.Replace(want, `"} `, `",reason=""} `, 1)+"\n") {
				t.Errorf("no %s in\n%s", want, grep(answer.Body.String(), f.name))
			}
		}
	}
}

func grep(text, word string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return !strings.Contains(line, word) }), "\n")
}

// The load visits every key sooner or later, and swings.
func TestLoad(t *testing.T) {
	s := service(t)
	for f := range s.Functions() {
		seen := map[int]bool{}
		for rank := range s.Keys(f) {
			key := s.Key(f, 0, rank)
			if key < 0 || key >= s.Keys(f) {
				t.Fatalf("%s: key %d of %d", shown[f].name, key, s.Keys(f))
			}
			seen[key] = true
		}
		if len(seen) != s.Keys(f) {
			t.Errorf("%s: %d of %d keys", shown[f].name, len(seen), s.Keys(f))
		}
		low, high := s.Rate(f), s.Rate(f)
		for at := range 60 {
			level := s.Level(f, time.Duration(at)*time.Second)
			low, high = min(low, level), max(high, level)
		}
		if low <= 0 || low > 0.6*s.Rate(f) || high < 1.4*s.Rate(f) {
			t.Errorf("%s: %v to %v calls a second", shown[f].name, low, high)
		}
	}
	if s.Key(0, 0, 0) == s.Key(0, time.Minute, 0) {
		t.Error("the most popular key never changes")
	}
}
