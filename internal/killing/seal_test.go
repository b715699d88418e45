package killing_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/killing"
)

// What isn't just what was sealed is broken.
func TestBroken(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 100, 101} { // those of odd sizes expire
		sealed := func() backend.Entry { return killing.Seal(r, "k", size) }
		if err := killing.Broken("k", sealed(), 0); err != nil {
			t.Errorf("%d bytes, whole: %v", size, err)
		}
		off := sealed()
		off.Created = off.Created.Add(time.Second)
		if err := killing.Broken("k", off, time.Second); err != nil {
			t.Errorf("%d bytes, a second off: %v", size, err)
		}
		for what, spoil := range map[string]func(e *backend.Entry){
			"empty":              func(e *backend.Entry) { *e = backend.Entry{} },
			"cut short":          func(e *backend.Entry) { e.Value = e.Value[:len(e.Value)-1] },
			"a bit flipped":      func(e *backend.Entry) { e.Value[len(e.Value)/2] ^= 1 },
			"another's value":    func(e *backend.Entry) { e.Value = sealed().Value; e.Value[0]++ },
			"another's Meta":     func(e *backend.Entry) { e.Meta = bytes.Repeat([]byte{1}, len(e.Meta)) },
			"another's cost":     func(e *backend.Entry) { e.Cost++ },
			"another's time":     func(e *backend.Entry) { e.Created = e.Created.Add(time.Millisecond) },
			"another's end":      func(e *backend.Entry) { e.Expires = e.Created.Add(time.Hour) },
			"of a different key": func(e *backend.Entry) { *e = killing.Seal(r, "l", size) },
		} {
			e := sealed()
			spoil(&e)
			if killing.Broken("k", e, 0) == nil {
				t.Errorf("%d bytes, %s: taken for whole", size, what)
			}
		}
	}
	never := killing.Seal(r, "k", 101)
	never.Expires = time.Time{}
	if killing.Broken("k", never, time.Hour) == nil {
		t.Error("what lost its end is taken for whole")
	}
}
