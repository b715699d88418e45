package promexport

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/cachier-go/cachier/metrics"
)

// errNoSource is what a missing source is answered with.
var errNoSource = errors.New("promexport: the source is nil: give it a *metrics.Registry, such as metrics.Default(), " +
	"or the Metrics() of a function")

// check says what is wrong with a source, if anything.
func check(source metrics.Source) error {
	recorder, ok := source.(*metrics.Recorder)
	switch {
	case source == nil:
		return errNoSource
	case ok && recorder == nil:
		return fmt.Errorf("promexport: %w", metrics.ErrNoRecorder)
	}
	return nil
}

// A Function is what a cached function tells of itself: every *cachier.Func is one, whatever its types.
type Function interface {
	Name() string
	Metrics() *metrics.Recorder // nil: the function keeps no metrics
}

// Functions returns a source of the named functions alone. A function that keeps no metrics, or that is nil, is an error,
// as is an empty list. One named twice counts once.
func Functions(functions ...Function) (metrics.Source, error) {
	if len(functions) == 0 {
		return nil, errors.New("promexport: no functions: name at least one, or export metrics.Default()")
	}
	var recorders []*metrics.Recorder
	var sources []metrics.Source
	for i, f := range functions {
		if v := reflect.ValueOf(f); f == nil || v.Kind() == reflect.Pointer && v.IsNil() {
			return nil, fmt.Errorf("promexport: function %d of %d is nil", i+1, len(functions))
		}
		recorder := f.Metrics()
		if recorder == nil {
			return nil, fmt.Errorf("promexport: function %q: %w", f.Name(), metrics.ErrNoRecorder)
		}
		if !slices.Contains(recorders, recorder) {
			recorders = append(recorders, recorder)
			sources = append(sources, recorder)
		}
	}
	return metrics.Join(sources...), nil
}
