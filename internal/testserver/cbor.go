package testserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var errCBOR = errors.New("it is no CBOR, or ends too early")

// decodeCBOR reads one item of RFC 8949 from text: integers and floats as
// float64, strings, lists, maps with strings for keys, booleans and nil. A tag is
// passed over.
func decodeCBOR(text []byte) (item any, rest []byte, err error) {
	if len(text) == 0 {
		return nil, nil, errCBOR
	}
	kind, info := text[0]>>5, text[0]&31
	text = text[1:]
	if kind == 7 {
		return decodeSimple(info, text)
	}
	n, endless, text, err := decodeLength(info, text)
	if err != nil {
		return nil, nil, err
	}
	switch kind {
	case 0:
		return float64(n), text, nil
	case 1:
		return -1 - float64(n), text, nil
	case 2, 3:
		if endless || n > uint64(len(text)) {
			return nil, nil, errCBOR
		}
		return string(text[:n]), text[n:], nil
	case 4:
		return decodeList(n, endless, text)
	case 5:
		return decodeMap(n, endless, text)
	default:
		return decodeCBOR(text) // what a tag is on
	}
}

// endOfItems ends a list or a map whose length isn't said.
const endOfItems = 0xff

func decodeList(n uint64, endless bool, text []byte) (any, []byte, error) {
	list := []any{}
	for endless || uint64(len(list)) < n {
		if endless && len(text) > 0 && text[0] == endOfItems {
			return list, text[1:], nil
		}
		item, rest, err := decodeCBOR(text)
		if err != nil {
			return nil, nil, err
		}
		list, text = append(list, item), rest
	}
	return list, text, nil
}

func decodeMap(n uint64, endless bool, text []byte) (any, []byte, error) {
	all := map[string]any{}
	for i := uint64(0); endless || i < n; i++ {
		if endless && len(text) > 0 && text[0] == endOfItems {
			return all, text[1:], nil
		}
		key, rest, err := decodeCBOR(text)
		if err != nil {
			return nil, nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, nil, fmt.Errorf("a key is a %T", key)
		}
		if all[name], text, err = decodeCBOR(rest); err != nil {
			return nil, nil, err
		}
	}
	return all, text, nil
}

func decodeLength(info byte, text []byte) (n uint64, endless bool, rest []byte, err error) {
	if info < 24 {
		return uint64(info), false, text, nil
	}
	if info == 31 {
		return 0, true, text, nil
	}
	size := 1 << (info - 24)
	if size > 8 || len(text) < size {
		return 0, false, nil, errCBOR
	}
	var word [8]byte
	copy(word[8-size:], text)
	return binary.BigEndian.Uint64(word[:]), false, text[size:], nil
}

func decodeSimple(info byte, text []byte) (any, []byte, error) {
	switch {
	case info == 20, info == 21:
		return info == 21, text, nil
	case info == 22, info == 23:
		return nil, text, nil
	case info == 26 && len(text) >= 4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(text))), text[4:], nil
	case info == 27 && len(text) >= 8:
		return math.Float64frombits(binary.BigEndian.Uint64(text)), text[8:], nil
	}
	return nil, nil, errCBOR
}

// appendCBOR appends a text.
func appendCBOR(buf []byte, text string) []byte {
	buf = binary.BigEndian.AppendUint16(append(buf, 3<<5|25), uint16(len(text)))
	return append(buf, text...)
}
