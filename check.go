package cachier

import (
	"errors"
	"fmt"
	"reflect"
)

// check refuses options that contradict each other.
func (e *engine[K, V]) check(c *config) error {
	ends := c.ttl > 0 || c.ttlFunc != nil
	switch {
	case c.staleServe > 0 && !ends:
		return errors.New("WithStaleWhileRevalidate: values never get stale: add WithTTL")
	case c.staleError > 0 && !ends:
		return errors.New("WithStaleIfError: values never get stale: add WithTTL")
	case c.refreshAhead > 0 && !ends:
		return errors.New("WithRefreshAhead: values never expire: add WithTTL")
	case c.refreshAhead > 0 && c.ttl > 0 && c.refreshAhead >= c.ttl:
		return fmt.Errorf("WithRefreshAhead: %v is not less than the TTL of %v", c.refreshAhead, c.ttl)
	case c.hasJitter && c.ttlJitter > 0 && !ends:
		return errors.New("WithTTLJitter: values never expire: add WithTTL")
	case c.maxEntries > 0 && c.maxWeight > 0:
		return errors.New("WithMaxEntries and WithMaxWeight exclude each other")
	case c.strict && c.backend == nil:
		return errors.New("WithStrict: there is no backend that could fail: add WithBackend")
	case c.local && c.backend == nil:
		return errors.New("WithLocal: it stands in front of a backend: add WithBackend, or use WithMaxEntries")
	case c.codec != nil && c.backend == nil:
		return errors.New("WithCodec: values in memory are not encoded: add WithBackend")
	case c.sizeInterval != 0 && c.backend == nil:
		return errors.New("WithSizeInterval: what is in memory is always counted: add WithBackend")
	case c.backend != nil && (c.maxEntries > 0 || c.maxWeight > 0):
		return errors.New("WithMaxEntries and WithMaxWeight bound values in memory: use WithLocal in front of a backend")
	case c.refuseNil && !nilable(reflect.TypeFor[V]()):
		return fmt.Errorf("WithoutNil: a %v is never nil", reflect.TypeFor[V]())
	}
	return nil
}

func misfit(option string, given, want reflect.Type) error {
	return fmt.Errorf("%s: it takes a %v here, not a %v", option, want, given)
}

// nilable reports whether values of a type can be nil.
func nilable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return true
	}
	return false
}
