package cachier_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
)

func TestCaseFoundWhenReadAgain(t *testing.T) {
	// The value is stored between the look-up and the attempt to compute. Of
	// what is read again, nothing is counted but the request to the backend.
	bubble(t, "at once: a hit", func(t *testing.T) {
		var s source
		var f *cachier.Func[string, string]
		store := &hooked{Store: membackend.New()}
		store.afterGet = func(n int) {
			if n == 1 {
				answers(t, f, "a", "a#1")
			}
		}
		f = newFunc(t, s.get, cachier.WithBackend(store))
		answers(t, f, "a", "a#1")
		s.ran(t, "a", 1)
		counts(t, f, 2, `
			requests miss absent 1
			requests hit 1
			tier_lookups backend not_found 2
			backend get not_found 2
			backend get ok 1
			backend set ok 1
			compute miss ok 1`)
	})
	bubble(t, "a value that was deleted meanwhile does not stand in", func(t *testing.T) {
		var s source
		var f *cachier.Func[string, string]
		store := &hooked{Store: membackend.New()}
		f = newFunc(t, s.get, cachier.WithBackend(store), cachier.WithTTL(time.Minute), cachier.WithStaleIfError(time.Hour))
		answers(t, f, "a", "a#1")
		store.afterGet = func(n int) {
			if n == 2 {
				if err := f.Delete(t.Context(), "a"); err != nil {
					t.Error(err)
				}
			}
		}
		s.set(down)
		time.Sleep(2 * time.Minute)
		v, err := f.Call(t.Context(), "a")
		gives(t, "Call", v, err, "", errDown)
	})
}

func TestCaseMaxAge(t *testing.T) {
	bubble(t, "exceeded", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute))
		answers(t, f, "a", "a#1")
		time.Sleep(10 * time.Second)
		answers(t, f, "a", "a#1", cachier.MaxAge(10*time.Second))
		answers(t, f, "a", "a#2", cachier.MaxAge(10*time.Second-1))
		answers(t, f, "a", "a#2", cachier.MaxAge(0))
		counts(t, f, 4, `
			requests miss absent 1
			requests miss too_old 1
			requests hit 2
			tier_lookups local not_found 1
			tier_lookups local ok 3
			compute miss ok 2`)
	})
	bubble(t, "negative: always computes", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get)
		answers(t, f, "a", "a#1", cachier.MaxAge(-1))
		answers(t, f, "a", "a#2", cachier.MaxAge(-1))
		answers(t, f, "a", "a#2")
		counts(t, f, 3, `
			requests miss too_old 2
			requests hit 1
			tier_lookups local not_found 1
			tier_lookups local ok 2
			compute miss ok 2`)
	})
	bubble(t, "the TTL is stricter", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		answers(t, f, "a", "a#2", cachier.MaxAge(time.Hour))
		counts(t, f, 2, `
			requests miss absent 1
			requests miss expired 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute miss ok 2`)
	})
	bubble(t, "no stale-while-revalidate", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour))
		answers(t, f, "a", "a#1")
		time.Sleep(2 * time.Minute)
		answers(t, f, "a", "a#2", cachier.MaxAge(time.Minute))
		counts(t, f, 2, `
			requests miss absent 1
			requests miss too_old 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute miss ok 2`)
	})
	bubble(t, "joins no computation that is older than the call", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get)
		answers(t, f, "a", "a#1")
		time.Sleep(time.Minute)
		s.set(slowly)
		results := together(t, 4, func(i int) (string, error) {
			switch i {
			case 0:
				return f.Call(t.Context(), "a", cachier.MaxAge(time.Second)) // computes #2
			case 1:
				return f.Call(t.Context(), "a", cachier.MaxAge(time.Second)) // not before it: #3
			default:
				time.Sleep(10 * time.Second) // when #2 and #3 have landed
				return f.Call(t.Context(), "a", cachier.MaxAge(time.Second))
			}
		})
		for i, want := range []string{"a#2", "a#3", "a#3", "a#3"} {
			if results[i] != want {
				t.Errorf("call %d got %s, want %s", i, results[i], want)
			}
		}
		counts(t, f, 5, `
			requests miss absent 1
			requests miss too_old 2
			requests hit 2
			tier_lookups local not_found 1
			tier_lookups local ok 4
			compute miss ok 3`)
	})
}

func TestCaseSkipCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get)
		results := together(t, 2, func(int) (string, error) { return f.Call(t.Context(), "a", cachier.SkipCache()) })
		if results[0] == results[1] {
			t.Error("they were coalesced")
		}
		answers(t, f, "a", "a#3") // nothing was stored
		answers(t, f, "a", "a#4", cachier.SkipCache())
		answers(t, f, "a", "a#3")
		counts(t, f, 5, `
			requests bypass skip 3
			requests miss absent 1
			requests hit 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute bypass ok 3
			compute miss ok 1`)
	})
}

func TestCaseRefresh(t *testing.T) {
	bubble(t, "computes and stores", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get)
		answers(t, f, "a", "a#1")
		v, err := f.Refresh(t.Context(), "a")
		gives(t, "Refresh", v, err, "a#2", nil)
		answers(t, f, "a", "a#2")
		counts(t, f, 3, `
			requests bypass refresh 1
			requests miss absent 1
			requests hit 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute refresh ok 1
			compute miss ok 1`)
	})
	bubble(t, "concurrent ones share a computation begun after the first", func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get)
		results := together(t, 5, func(i int) (string, error) {
			if i == 0 || i == 4 {
				return f.Call(t.Context(), "a")
			}
			return f.Refresh(t.Context(), "a")
		})
		// The call before them doesn't satisfy them, and stores nothing; the call
		// after them waits for the newest.
		for i, want := range []string{"a#1", "a#2", "a#2", "a#2", "a#2"} {
			if results[i] != want {
				t.Errorf("call %d got %s, want %s", i, results[i], want)
			}
		}
		answers(t, f, "a", "a#2")
		counts(t, f, 6, `
			requests bypass refresh 3
			requests miss absent 1
			requests coalesced 1
			requests hit 1
			tier_lookups local not_found 2
			tier_lookups local ok 1
			wait process ok 3
			compute refresh ok 1
			compute miss ok 1`)
	})
	bubble(t, "fails", func(t *testing.T) {
		var s source
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleIfError(time.Hour))
		answers(t, f, "a", "a#1")
		s.set(down)
		v, err := f.Refresh(t.Context(), "a")
		gives(t, "Refresh", v, err, "", errDown)
		answers(t, f, "a", "a#1")
		counts(t, f, 3, `
			requests bypass refresh 1
			request_errors bypass function 1
			requests miss absent 1
			requests hit 1
			tier_lookups local not_found 1
			tier_lookups local ok 1
			compute refresh error 1
			compute miss ok 1`)
	})
}
