package keyform

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"slices"
	"strconv"
	"unsafe"
)

// op is what an encoder does.
type op uint8

const (
	opString op = iota
	opBool
	opInt8
	opInt16
	opInt32
	opInt64
	opUint8
	opUint16
	opUint32
	opUint64
	opStruct
	opArray
	opSlice
	opMap
	opBytes     // an array of bytes
	opByteSlice // a slice of bytes
)

// word says that the value is a boolean or an integer.
func (o op) word() bool { return o >= opBool && o <= opUint64 }

// scalars are the kinds that have no parts.
var scalars = map[reflect.Kind]op{
	reflect.String: opString,
	reflect.Bool:   opBool,
	reflect.Int8:   opInt8, reflect.Int16: opInt16, reflect.Int32: opInt32, reflect.Int64: opInt64,
	reflect.Uint8: opUint8, reflect.Uint16: opUint16, reflect.Uint32: opUint32, reflect.Uint64: opUint64,
	reflect.Int:  map[int]op{32: opInt32, 64: opInt64}[strconv.IntSize],
	reflect.Uint: map[int]op{32: opUint32, 64: opUint64}[strconv.IntSize],
}

// encoder encodes the values of one type.
type encoder struct {
	op     op
	len    int          // of an array
	size   uintptr      // of an element, in bytes
	typ    reflect.Type // of a map
	key    *encoder     // of a map
	elem   *encoder     // of an array, slice or map
	fields []field      // of a struct
}

type field struct {
	name   string
	offset uintptr
	enc    *encoder
}

// append appends the encoding of the value at ptr. The encodings of one type
// are prefix-free wherever another part follows them: each ends at a character
// that can't be inside of it.
func (e *encoder) append(dst []byte, ptr unsafe.Pointer) []byte {
	switch e.op {
	case opString:
		return strconv.AppendQuote(dst, *(*string)(ptr))
	case opBool:
		return strconv.AppendBool(dst, *(*bool)(ptr))
	case opInt8:
		return strconv.AppendInt(dst, int64(*(*int8)(ptr)), 10)
	case opInt16:
		return strconv.AppendInt(dst, int64(*(*int16)(ptr)), 10)
	case opInt32:
		return strconv.AppendInt(dst, int64(*(*int32)(ptr)), 10)
	case opInt64:
		return strconv.AppendInt(dst, *(*int64)(ptr), 10)
	case opUint8:
		return strconv.AppendUint(dst, uint64(*(*uint8)(ptr)), 10)
	case opUint16:
		return strconv.AppendUint(dst, uint64(*(*uint16)(ptr)), 10)
	case opUint32:
		return strconv.AppendUint(dst, uint64(*(*uint32)(ptr)), 10)
	case opUint64:
		return strconv.AppendUint(dst, *(*uint64)(ptr), 10)
	case opStruct:
		dst = append(dst, '{')
		for i := range e.fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			f := &e.fields[i]
			dst = append(dst, f.name...)
			dst = append(dst, ':')
			dst = f.enc.append(dst, unsafe.Add(ptr, f.offset))
		}
		return append(dst, '}')
	case opArray:
		return e.appendList(dst, ptr, e.len)
	case opSlice:
		// The header of every slice has the same layout.
		s := *(*[]byte)(ptr)
		if s == nil {
			return append(dst, "nil"...)
		}
		return e.appendList(dst, unsafe.Pointer(unsafe.SliceData(s)), len(s))
	case opBytes:
		return appendHex(dst, unsafe.Slice((*byte)(ptr), e.len))
	case opByteSlice:
		s := *(*[]byte)(ptr)
		if s == nil {
			return append(dst, "nil"...)
		}
		return appendHex(dst, s)
	default:
		return e.appendMap(dst, ptr)
	}
}

// appendList encodes n elements from first on.
func (e *encoder) appendList(dst []byte, first unsafe.Pointer, n int) []byte {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.elem.append(dst, unsafe.Add(first, uintptr(i)*e.size))
	}
	return append(dst, ']')
}

// appendHex can't be mistaken for nil, as that has an n.
func appendHex(dst, b []byte) []byte {
	return hex.AppendEncode(append(dst, "0x"...), b)
}

// appendMap sorts the pairs by their encoded keys, all different because the
// encoding is injective, so that the order of the map doesn't matter.
func (e *encoder) appendMap(dst []byte, ptr unsafe.Pointer) []byte {
	// A map is one pointer. Reflection gets it in a box of its own, because what
	// is handed to reflection escapes, and ptr may point to the stack.
	box := new(unsafe.Pointer)
	*box = *(*unsafe.Pointer)(ptr)
	m := reflect.NewAt(e.typ, unsafe.Pointer(box)).Elem()
	if m.IsNil() {
		return append(dst, "nil"...)
	}
	type pair struct{ key, value []byte }
	pairs := make([]pair, 0, m.Len())
	key, value := reflect.New(e.typ.Key()).Elem(), reflect.New(e.typ.Elem()).Elem()
	for iter := m.MapRange(); iter.Next(); {
		key.SetIterKey(iter)
		value.SetIterValue(iter)
		pairs = append(pairs, pair{
			key:   e.key.append(nil, key.Addr().UnsafePointer()),
			value: e.elem.append(nil, value.Addr().UnsafePointer()),
		})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return bytes.Compare(a.key, b.key) })
	dst = append(dst, "map["...)
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, p.key...)
		dst = append(dst, ':')
		dst = append(dst, p.value...)
	}
	return append(dst, ']')
}
