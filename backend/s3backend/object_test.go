package s3backend_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
)

// No bytes make the decoder panic, and what it takes for an entry is as long as
// that says and comes out as it went in.
func FuzzObjects(f *testing.F) {
	for _, e := range []backend.Entry{{}, {Value: []byte("value"), Meta: []byte("meta"), Created: time.Now(), Expires: time.Now(), Cost: time.Second}} {
		data := s3backend.EncodeEntry("key", e)
		f.Add(data, int64(len(data)))
		f.Add(data[:s3backend.HeadLen], int64(len(data)))
	}
	f.Fuzz(func(t *testing.T, data []byte, length int64) {
		e, ok := s3backend.DecodeEntry(bytes.Clone(data), max(length, int64(len(data))), "key")
		if !ok || length > int64(len(data)) {
			return // there is more of it than was read
		}
		again, ok := s3backend.DecodeEntry(s3backend.EncodeEntry("key", e), -1, "key")
		if !ok || !bytes.Equal(again.Value, e.Value) || !bytes.Equal(again.Meta, e.Meta) || !again.Created.Equal(e.Created) || !again.Expires.Equal(e.Expires) || again.Cost != e.Cost {
			t.Errorf("%+v became %+v", e, again)
		}
	})
}
