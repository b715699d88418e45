package killing

import (
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// survey looks at what the dead have stored: what is listed is there and whole,
// and the store counts the same.
func (tr Trial) survey(t *testing.T, b backend.Backend) {
	t.Helper()
	ctx := t.Context()
	listed := map[string]bool{} // a store may yield a key twice
	for info, err := range b.List(ctx, "") {
		must(t, err)
		listed[info.Key] = true
		if found, err := tr.look(ctx, b, info.Key); err != nil || !found {
			t.Errorf("in the end %s is listed, is there: %t, %v", info.Key, found, err)
		}
	}
	for i := range tr.Keys {
		if found, err := tr.look(ctx, b, name(i)); err != nil || found != listed[name(i)] {
			t.Errorf("in the end %s is there: %t, and listed: %t, %v", name(i), found, listed[name(i)], err)
		}
	}
	u, err := backend.Size(ctx, b, "")
	must(t, err)
	if u.Entries != int64(len(listed)) {
		t.Errorf("Size says %+v, there are %d entries", u, len(listed))
	}
}

// Reclaim does as those who go on: no lease of the dead is in their way. It leaves
// an expired entry under each key, which is for the store to be rid of.
func (tr Trial) Reclaim(t *testing.T, b backend.Locker) {
	t.Helper()
	ctx := t.Context()
	commit := func(key string, e backend.Entry) {
		t.Helper()
		l, err := b.Lock(ctx, key, time.Minute)
		if err != nil {
			t.Errorf("Lock of %s: %v", key, err)
			return
		}
		must(t, l.Commit(ctx, e))
	}
	for i := range tr.Keys {
		key := name(i)
		commit(key, backend.Entry{Value: []byte("v"), Created: time.Now()})
		must(t, b.Delete(ctx, key))
		if found, err := tr.look(ctx, b, key); err != nil || found {
			t.Errorf("deleted, %s is there: %t, %v", key, found, err)
		}
		commit(key, backend.Entry{Value: []byte("v"), Created: time.Now(), Expires: time.Now().Add(-time.Second)})
	}
}
