package cachier_test

import (
	"testing"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// Two Funcs on one store tell of it once, from their first call until both are
// closed.
func TestReadingsOfABackend(t *testing.T) {
	r, store := metrics.NewRegistry(), membackend.New()
	var s source
	var funcs []*cachier.Func[string, string]
	for _, name := range []string{"a", "b"} {
		funcs = append(funcs, closing(t, cachier.Must(cachier.New(name, s.get, cachier.WithBackend(store), cachier.WithRegistry(r)))))
	}
	tells := func(want map[string]float64) {
		t.Helper()
		got := r.Readings(t.Context())
		if len(got) != len(want) {
			t.Errorf("%+v, want %v", got, want)
		}
		for _, reading := range got {
			if v, ok := want[reading.Name]; !ok || reading.Value != v || reading.Backend != "memory" {
				t.Errorf("%+v, want %v", reading, want)
			}
		}
	}
	tells(nil)
	for _, f := range funcs {
		answers(t, f, "x", "x#"+map[string]string{"a": "1", "b": "2"}[f.Name()])
	}
	tells(map[string]float64{"watches": 0, "leases_total": 2})
	for i, want := range []map[string]float64{{"watches": 0, "leases_total": 2}, {"leases_total": 2}} {
		if err := funcs[i].Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		tells(want)
	}

	quiet := closing(t, cachier.Must(cachier.New("c", s.get, cachier.WithBackend(store), cachier.WithRegistry(r), cachier.WithoutMetrics())))
	answers(t, quiet, "x", "x#3")
	tells(map[string]float64{"leases_total": 2})
}
