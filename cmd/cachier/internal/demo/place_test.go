package demo_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/demo"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

// A store that is named keeps the results of all functions, for the next run.
func TestGivenBackend(t *testing.T) {
	for scheme, at := range map[location.Scheme][2]string{location.File: {"file", "files"}, location.SQLite: {"sql", "SQLite"}} {
		l := &location.Location{Scheme: scheme, Path: filepath.Join(t.TempDir(), "kept")}
		for run := range 2 {
			s, err := demo.NewService(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if s.Functions() != 5 {
				t.Errorf("%d functions", s.Functions())
			}
			for f := range s.Functions() {
				s.Call(t.Context(), f, 7)
			}
			answer := httptest.NewRecorder()
			s.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
			const hit, miss = `outcome="hit"} 1`, `outcome="miss",reason="absent"} 1`
			outcomes := map[string]string{"fractal.tile": hit, "notes.render": miss} // the notes are others
			if run == 0 {
				outcomes["fractal.tile"] = miss
			}
			for name, outcome := range outcomes {
				want := requests(name, at[0], at[1]) + outcome
				if !strings.Contains(answer.Body.String(), want) {
					t.Errorf("run %d: no %s in\n%s", run, want, grep(answer.Body.String(), "requests_total"))
				}
			}
			page := httptest.NewRecorder()
			s.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/", nil))
			if !strings.Contains(page.Body.String(), `<td data-label="Entries">1, `) {
				t.Error(page.Body.String())
			}
			if err := s.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}
		if _, err := os.Stat(l.Path); err != nil {
			t.Errorf("%s is gone: %v", l, err)
		}
	}
}

func TestMemoryAlone(t *testing.T) {
	s, err := demo.NewService(t.Context(), &location.Location{Scheme: location.Memory})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close(context.Background()) }()
	page := httptest.NewRecorder()
	s.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/", nil))
	if n := strings.Count(page.Body.String(), `class="place">memory</td>`); n != 5 {
		t.Errorf("%d functions in memory:\n%s", n, page.Body)
	}
}
