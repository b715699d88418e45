package cachier

import (
	"reflect"
	"time"

	"github.com/cachier-go/cachier/internal/alike"
)

// hooks checks that the hooks fit K and V.
func (e *engine[K, V]) hooks(c *config) (err error) {
	if e.clone, err = hook[func(V) V]("WithClone", c.clone); err != nil {
		return err
	}
	if e.sizer, err = hook[func(K, V) int64]("WithSizer", c.sizer); err != nil {
		return err
	}
	if e.ttlFunc, err = hook[func(K, V) time.Duration]("WithTTLFunc", c.ttlFunc); err != nil {
		return err
	}
	if e.price, err = hook[func(K, V) float64]("WithCost", c.cost); err != nil {
		return err
	}
	if e.equal, err = hook[func(a, b V) bool]("WithEqual", c.equal); err != nil {
		return err
	}
	if e.equal == nil {
		e.equal, _ = alike.Func[V]()
	}
	e.sizing = sizeSome
	if c.maxWeight > 0 || c.entrySizeLimit > 0 || c.sizer != nil {
		e.sizing = sizeAll
	}
	return nil
}

// hook returns an option's function as the type that it has to be.
func hook[F any](option string, given any) (f F, err error) {
	if given == nil {
		return f, nil
	}
	f, ok := given.(F)
	if !ok {
		return f, misfit(option, reflect.TypeOf(given), reflect.TypeFor[F]())
	}
	return f, nil
}
