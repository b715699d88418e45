package otelexport

import (
	"errors"
	"reflect"
	"slices"
	"sync"
	"weak"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// registered are the registrations that have not ended, so that nothing is
// registered twice. It keeps none alive: a provider does that.
var registered struct {
	mu  sync.Mutex // protects all
	all []weak.Pointer[Registration]
}

// unset is the global provider until that is set, and then hands on to it.
var unset = otel.GetMeterProvider()

// enter claims the provider and the source of r, and forgets registrations that
// nobody has any more.
func (r *Registration) enter() error {
	registered.mu.Lock()
	defer registered.mu.Unlock()
	registered.all = slices.DeleteFunc(registered.all, func(one weak.Pointer[Registration]) bool { return one.Value() == nil })
	for _, one := range registered.all {
		other := one.Value()
		if other != nil && same(set(other.provider), set(r.provider)) && same(other.in.source, r.in.source) {
			return errors.New("otelexport: the provider has the instruments of this source already, and would count all of it " +
				"twice: Unregister the first, or Register once")
		}
	}
	registered.all = append(registered.all, weak.Make(r))
	return nil
}

// leave gives them up.
func (r *Registration) leave() {
	registered.mu.Lock()
	defer registered.mu.Unlock()
	registered.all = slices.DeleteFunc(registered.all, func(one weak.Pointer[Registration]) bool { return one.Value() == r })
}

// set returns what a provider hands on to.
func set(provider metric.MeterProvider) metric.MeterProvider {
	if same(provider, unset) {
		return otel.GetMeterProvider()
	}
	return provider
}

// same reports whether two are known to be one. Functions and slices, such as
// what Join returns, can't be compared.
func same(a, b any) bool {
	return reflect.ValueOf(a).Comparable() && reflect.ValueOf(b).Comparable() && a == b
}
