package filebackend_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
)

var sample = backend.Entry{
	Value: []byte("the value"), Meta: []byte("meta"), Cost: 1234567,
	Created: time.Unix(1_700_000_000, 123), Expires: time.Unix(1_800_000_000, 999_999_999),
}

func encode(t testing.TB, key string, e backend.Entry) []byte {
	t.Helper()
	b, err := filebackend.Encode(key, e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The bytes of the format are a promise to every file there is.
func TestFormat(t *testing.T) {
	const want = "cachierE\x01\x00\x00\x00\xa7\x19\xca\x0c" +
		"\x00\xf1\x53\x65\x00\x00\x00\x00\x00\xd2\x49\x6b\x00\x00\x00\x00" +
		"\x7b\x00\x00\x00\xff\xc9\x9a\x3b\x87\xd6\x12\x00\x00\x00\x00\x00" +
		"\x09\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x07\x00\x00\x00" +
		"\x08\x83\xa6\xd5\x00\x00\x00\x00the/keymetathe value"
	if got := encode(t, "the/key", sample); string(got) != want {
		t.Errorf("the format has changed:\ngot  %q\nwant %q", got, want)
	}
}

// No byte of a file can change, and none be missing or added, without being
// noticed.
func TestEveryDamageIsFound(t *testing.T) {
	good := encode(t, "the/key", sample)
	check := func(what string, at int, b []byte) {
		t.Helper()
		e, err := filebackend.Decode(b, "the/key")
		if err == nil {
			t.Errorf("%s at %d: decoded as %+v", what, at, e)
		} else if !errors.Is(err, backend.ErrCorrupt) && !errors.Is(err, backend.ErrForeign) {
			t.Errorf("%s at %d: %v", what, at, err)
		}
	}
	for i := range good {
		check("cut", i, good[:i])
		check("zeros from", i, append(bytes.Clone(good[:i]), make([]byte, len(good)-i)...))
		for bit := range 8 {
			b := bytes.Clone(good)
			b[i] ^= 1 << bit
			check("a flipped bit", i, b)
		}
	}
	check("more", len(good), append(bytes.Clone(good), 0))
	check("twice", len(good), append(bytes.Clone(good), good...))
	if _, err := filebackend.Decode(good, "another/key"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("another key's entry: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	good, err := filebackend.Encode("k", sample)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:80])
	f.Add([]byte(nil))
	f.Add(bytes.Repeat([]byte{0xff}, 100))
	f.Add(append([]byte("cachierE\x01\x00\x00\x00"), bytes.Repeat([]byte{0xff}, 100)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		info, errHead := filebackend.DecodeHead(b, int64(len(b)))
		e, err := filebackend.Decode(b, info.Key)
		if err != nil {
			return
		}
		if errHead != nil {
			t.Errorf("decodes, but its head doesn't: %v", errHead)
		}
		// What decodes is what was encoded, all but the four bytes that are zero.
		if again := encode(t, info.Key, e); !bytes.Equal(again[:68], b[:68]) || !bytes.Equal(again[72:], b[72:]) {
			t.Errorf("decoded and encoded: %q became %q", b, again)
		}
	})
}

func FuzzRecord(f *testing.F) {
	now := time.Unix(1_700_000_000, 0)
	good := filebackend.EncodeRecord("00112233445566778899aabbccddeeff", "k", now, now.Add(time.Hour), time.Unix(0, 0), true)
	if !filebackend.RecordMeans(good, now) {
		f.Error("a lease of an hour means nothing")
	}
	f.Add(good)
	f.Add(good[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		if filebackend.RecordMeans(b, now) && !bytes.Equal(b, good) && len(b) < 56 {
			t.Errorf("%q counts as a lease", b)
		}
	})
}

func FuzzEvents(f *testing.F) {
	b := filebackend.AppendEvent(nil, 7, backend.Event{Kind: backend.EventStored, Key: "k"})
	b = filebackend.AppendEvent(b, 7+uint64(len(b)), backend.Event{Kind: backend.EventGap})
	f.Add(b, uint64(7))
	f.Add(b[:10], uint64(7))
	f.Fuzz(func(t *testing.T, b []byte, at uint64) {
		events, ok := filebackend.ParseEvents(b, at)
		if !ok {
			return
		}
		var again []byte
		for _, ev := range events {
			again = filebackend.AppendEvent(again, at+uint64(len(again)), ev)
		}
		if len(again) != len(b) {
			t.Errorf("%q became %q", b, again)
		}
	})
}

func FuzzAccount(f *testing.F) {
	f.Add([]byte("cachierS"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if filebackend.ParseAccount(b) && len(b) != 56 {
			t.Errorf("%q is an account", b)
		}
	})
}
