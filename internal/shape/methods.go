package shape

import (
	"encoding"
	"encoding/gob"
	"encoding/json"
	"reflect"
)

// way is a pair of methods by which a type encodes itself.
type way struct {
	marshal, unmarshal reflect.Type
	names              [2]string
}

var (
	jsonWay   = way{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[json.Unmarshaler](), [2]string{"MarshalJSON", "UnmarshalJSON"}}
	textWay   = way{reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](), [2]string{"MarshalText", "UnmarshalText"}}
	gobWay    = way{reflect.TypeFor[gob.GobEncoder](), reflect.TypeFor[gob.GobDecoder](), [2]string{"GobEncode", "GobDecode"}}
	binaryWay = way{reflect.TypeFor[encoding.BinaryMarshaler](), reflect.TypeFor[encoding.BinaryUnmarshaler](), [2]string{"MarshalBinary", "UnmarshalBinary"}}
)

// ways are those that a codec knows, the preferred one first.
func ways(codec string) []way {
	switch codec {
	case "json":
		return []way{jsonWay, textWay}
	case "gob":
		return []way{gobWay, binaryWay}
	default:
		return []way{jsonWay, textWay, gobWay, binaryWay}
	}
}

// has says whether a t, or what points to one, has the method.
func has(t, method reflect.Type) bool {
	return t.Implements(method) || t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(method)
}

// opaque says whether values of the type encode or decode themselves.
func opaque(t reflect.Type, codec string) bool {
	if t.Kind() == reflect.Interface {
		return false // it depends on what is in it
	}
	for _, w := range ways(codec) {
		if has(t, w.marshal) || has(t, w.unmarshal) {
			return true
		}
	}
	return false
}
