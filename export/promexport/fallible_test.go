package promexport_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/export/promexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// fallible is a source that can't tell.
type fallible struct{ metrics.Source }

func (fallible) ReadSnapshots(context.Context) ([]metrics.Snapshot, error) {
	return nil, errors.New("the store is gone")
}

// TestSourceThatCannotTell: Prometheus learns that a scrape failed, and doesn't take functions for gone.
func TestSourceThatCannotTell(t *testing.T) {
	for name, source := range map[string]metrics.Source{
		"itself": fallible{metrics.NewRegistry()},
		"joined": metrics.Join(metrics.NewRegistry(), fallible{metrics.NewRegistry()}),
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			promexport.Handler(source).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
			if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "the store is gone") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// TestPrefix has all names begin as asked, also those of what stores tell.
func TestPrefix(t *testing.T) {
	registry := metrics.NewRegistry()
	traffic.Everything(traffic.Recorder(t, registry, "f", metrics.RecorderOptions{}), 1)
	remove := registry.AddStore(metrics.Store{Key: 1, Backend: "sql", Read: func(context.Context) ([]metrics.Reading, error) {
		return []metrics.Reading{{Name: "pool_connections", Value: 1}}, nil
	}})
	defer remove()
	families := gather(t, registry, promexport.WithPrefix("mine_"))
	for name := range families {
		if !strings.HasPrefix(name, "mine_") || strings.Contains(name, "cachier") {
			t.Errorf("%s doesn't begin with mine_", name)
		}
	}
	for _, name := range []string{"mine_requests_total", "mine_backend_pool_connections"} {
		if families[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
	if want := len(gather(t, registry)); len(families) != want {
		t.Errorf("%d families, want %d", len(families), want)
	}
}
