package otelexport

import (
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"

	"github.com/cachier-go/cachier/metrics"
)

// attributes remembers those of a function's series from one collection to the
// next, in the order in which the series come: a set can't change, and making it
// is a third of what a producer does.
type attributes struct {
	all  []remembered
	next int
}

type remembered struct {
	labels []metrics.Label
	set    attribute.Set
}

// of returns the attributes of the next series.
func (a *attributes) of(f *function, labels []metrics.Label) attribute.Set {
	i := a.next
	a.next++
	if i < len(a.all) && slices.Equal(a.all[i].labels, labels) {
		return a.all[i].set
	}
	all := slices.Clip(f.common)
	for _, l := range labels {
		all = append(all, attribute.String(l.Name, l.Value))
	}
	r := remembered{slices.Clone(labels), attribute.NewSet(all...)}
	if i < len(a.all) {
		a.all[i] = r
	} else {
		a.all = append(a.all, r)
	}
	return r.set
}

// known is what an input remembers of functions. Who collects takes all of it;
// who collects meanwhile has nothing to go by.
type known struct {
	mu sync.Mutex
	of map[attribute.Distinct]attributesOf
}

// attributesOf are those of a function's totals, and of its deltas.
type attributesOf struct{ totals, deltas *attributes }

func (k *known) take() map[attribute.Distinct]attributesOf {
	k.mu.Lock()
	defer k.mu.Unlock()
	of := k.of
	k.of = nil
	return of
}

// keep remembers the functions of a collection, and no others.
func (k *known) keep(functions []*function) {
	of := make(map[attribute.Distinct]attributesOf, len(functions))
	for _, f := range functions {
		f.totals.next, f.deltas.next = 0, 0
		of[f.id] = f.attributesOf
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.of = of
}
