package cachier

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"reflect"
)

// A Codec turns values into bytes for a backend, and back. It must be safe for
// concurrent use. What Marshal returns belongs to the caller; Unmarshal must
// not keep data.
type Codec interface {
	// Name identifies the format. It is stored with every value; a value that
	// was stored under another name is not read.
	Name() string
	Marshal(v any) ([]byte, error)
	// Unmarshal decodes into v, which is a pointer to a zero value.
	Unmarshal(data []byte, v any) error
}

// The codecs that come with the package. With both, New refuses result types
// of which they would lose a part.
var (
	JSON Codec = jsonCodec{} // the default: readable in any store
	Gob  Codec = gobCodec{}  // Go programs only
)

type jsonCodec struct{}

func (jsonCodec) Name() string                       { return "json" }
func (jsonCodec) Marshal(v any) ([]byte, error)      { return json.Marshal(addressed(v)) }
func (jsonCodec) Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }

type gobCodec struct{}

func (gobCodec) Name() string { return "gob" }

func (gobCodec) Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(addressed(v))
	return b.Bytes(), err
}

func (gobCodec) Unmarshal(data []byte, v any) error {
	return gob.NewDecoder(bytes.NewReader(data)).Decode(v)
}

// addressed returns a pointer to a copy of v, so that methods of its type with
// a pointer receiver encode it, as such methods decode it.
func addressed(v any) any {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() == reflect.Pointer {
		return v
	}
	p := reflect.New(t)
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}

// rawCodec stores strings and byte slices as they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "raw" }

func (rawCodec) Marshal(v any) ([]byte, error) {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.String:
		return []byte(r.String()), nil
	case reflect.Slice:
		return bytes.Clone(r.Bytes()), nil
	}
	return nil, fmt.Errorf("cachier: cannot store a %T as it is", v)
}

func (rawCodec) Unmarshal(data []byte, v any) error {
	r := reflect.ValueOf(v).Elem()
	if r.Kind() == reflect.String {
		r.SetString(string(data))
	} else {
		r.SetBytes(bytes.Clone(data))
	}
	return nil
}
