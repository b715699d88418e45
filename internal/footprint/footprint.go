package footprint

import (
	"math"
	"reflect"
	"unsafe"
)

const (
	// maxNodes is how many parts of one value are looked at.
	maxNodes = 1000

	// sample is how many elements of a long slice or map are looked at, the
	// rest counting as these do on the average.
	sample = 64

	// maxDepth bounds the recursion, and with it the stack.
	maxDepth = 100
)

// Of estimates the memory that *v holds, in bytes, with the size of V itself.
// It only reads, and keeps nothing. Values of fixed size, strings and slices of
// values of fixed size take a few nanoseconds and no allocation; others are
// walked through by reflection.
func Of[V any](v *V) int64 {
	t := reflect.TypeFor[V]()
	size := int64(unsafe.Sizeof(*v))
	switch classify(t) {
	case flat:
		return size
	case text:
		return size + int64(len(*(*string)(unsafe.Pointer(v))))
	case flatRun:
		// The header of every slice has the same layout.
		n := cap(*(*[]byte)(unsafe.Pointer(v)))
		return size + int64(n)*int64(t.Elem().Size())
	default:
		return size + walk(v)
	}
}

// walk keeps the reflection, and what escapes by it, out of Of.
func walk[V any](v *V) int64 {
	copied := *v // so that v itself doesn't escape
	var w walker
	total := w.beyond(reflect.ValueOf(&copied).Elem(), 0)
	if total >= math.MaxInt64/2 {
		return math.MaxInt64 / 2
	}
	return int64(total)
}

// walker estimates one value. Sums are float64, because extrapolation can
// multiply them beyond any integer.
type walker struct {
	nodes int
	seen  map[unsafe.Pointer]struct{} // what pointers and maps led to: counted once
}

// beyond returns what v holds in addition to its own size.
func (w *walker) beyond(v reflect.Value, depth int) float64 {
	t := v.Type()
	switch classify(t) {
	case flat:
		return 0
	case text:
		return float64(v.Len())
	case flatRun:
		return float64(v.Cap()) * float64(t.Elem().Size())
	}
	if w.nodes++; w.nodes > maxNodes || depth > maxDepth {
		return 0
	}
	depth++
	switch t.Kind() {
	case reflect.Pointer:
		if v.IsNil() || !w.first(v.UnsafePointer()) {
			return 0
		}
		return float64(t.Elem().Size()) + w.beyond(v.Elem(), depth)
	case reflect.Interface:
		if v.IsNil() {
			return 0
		}
		inner := v.Elem()
		if inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Map {
			return w.beyond(inner, depth) // it is in the interface itself
		}
		return float64(inner.Type().Size()) + w.beyond(inner, depth)
	case reflect.Struct:
		var sum float64
		for i := range t.NumField() {
			sum += w.beyond(v.Field(i), depth)
		}
		return sum
	case reflect.Array:
		return w.elements(v, depth)
	case reflect.Slice:
		if v.Cap() == 0 || v.Len() > 0 && !w.first(v.UnsafePointer()) {
			return 0
		}
		return float64(v.Cap())*float64(t.Elem().Size()) + w.elements(v, depth)
	case reflect.Map:
		if v.IsNil() || !w.first(v.UnsafePointer()) {
			return 0
		}
		return mapTable(t, v.Len()) + w.pairs(v, depth)
	default:
		return 0
	}
}

// first says whether the address is new.
func (w *walker) first(p unsafe.Pointer) bool {
	if _, ok := w.seen[p]; ok {
		return false
	}
	if w.seen == nil {
		w.seen = make(map[unsafe.Pointer]struct{})
	}
	w.seen[p] = struct{}{}
	return true
}

// elements looks at one element in each part of a slice or array, as its ends
// can differ; where in the part varies, as there can be a period in it.
func (w *walker) elements(v reflect.Value, depth int) float64 {
	n := v.Len()
	looks := min(n, sample)
	var sum float64
	done := 0
	for i := range looks {
		if w.nodes > maxNodes {
			break
		}
		_, within := math.Modf(float64(i) * math.Phi)
		at := (float64(i) + within) * float64(n) / float64(looks)
		if n == looks {
			at = float64(i)
		}
		sum += w.beyond(v.Index(min(int(at), n-1)), depth)
		done++
	}
	return scale(sum, done, n)
}

// pairs looks at what the keys and values of a map lead to.
func (w *walker) pairs(v reflect.Value, depth int) float64 {
	t := v.Type()
	if classify(t.Key()) == flat && classify(t.Elem()) == flat {
		return 0
	}
	var sum float64
	done := 0
	for iter := v.MapRange(); done < sample && w.nodes <= maxNodes && iter.Next(); {
		sum += w.beyond(iter.Key(), depth) + w.beyond(iter.Value(), depth)
		done++
	}
	return scale(sum, done, v.Len())
}

// scale makes of the sum over some of n parts that over all of them.
func scale(sum float64, done, n int) float64 {
	if done == 0 || done == n {
		return sum
	}
	return sum * float64(n) / float64(done)
}

// mapTable estimates what a map of n pairs takes: its header, and its slots with
// one byte of control each. Up to eight pairs fill one group of slots; beyond
// that, seven in eight slots are used before their number doubles. Source: internal/runtime/maps.
func mapTable(t reflect.Type, n int) float64 {
	const header = 48
	pair := float64(t.Key().Size() + t.Elem().Size() + 1)
	slots := 8.0
	switch {
	case n <= 8:
	case n <= 1024*7/8:
		for slots*7/8 < float64(n) {
			slots *= 2
		}
	default:
		// A large map is many tables of 1024 slots, each between half full and
		// full.
		slots = float64(n) * 8 / 7 * 4 / 3
	}
	return header + slots*pair
}
