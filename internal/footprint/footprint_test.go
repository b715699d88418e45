package footprint_test

import (
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/internal/footprint"
)

type user struct {
	ID      int64
	Name    string
	Tags    []string
	Created time.Time
	Boss    *user
}

func of[V any](v V) int64 { return footprint.Of(&v) }

func exact(t *testing.T, what string, got, want int64) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d bytes, want %d", what, got, want)
	}
}

func TestExactWhereItIsSimple(t *testing.T) {
	exact(t, "int", of(7), 8)
	exact(t, "struct of numbers", of(struct{ A, B int32 }{}), 8)
	exact(t, "time", of(time.Now()), 24)
	exact(t, "string", of("hello"), 16+5)
	exact(t, "bytes by capacity", of(make([]byte, 10, 100)), 24+100)
	exact(t, "numbers by capacity", of(make([]int32, 3, 4)), 24+16)
	exact(t, "nil slice", of([]string(nil)), 24)
	exact(t, "strings", of([]string{"ab", "c"}), 24+2*16+3)
	exact(t, "pointer", of(new(int64)), 8+8)
	exact(t, "nil pointer", of((*user)(nil)), 8)
	exact(t, "nil map", of(map[string]int(nil)), 8)
	exact(t, "string in an interface", of[any]("abc"), 16+16+3)
	exact(t, "nil interface", of[any](nil), 16)
	exact(t, "pointer in an interface", of[any](new(int64)), 16+8)
	u := user{Name: "ann", Tags: []string{"x"}, Boss: &user{Name: "bob"}}
	size := int64(8 + 16 + 24 + 24 + 8)
	exact(t, "struct", of(u), size+3+16+1+size+3)
	same := &user{}
	exact(t, "one pointer twice", of([]*user{same, same}), 24+16+size)
}

func TestCycles(t *testing.T) {
	u := &user{Name: "ann"}
	u.Boss = u
	exact(t, "its own boss", of(u), 8+80+3)
	type list []list
	l := make(list, 1)
	l[0] = l
	exact(t, "slice in itself", of(l), 24+24)
	m := map[string]any{}
	m["m"] = m
	if got := of(m); got < 50 || got > 1000 {
		t.Errorf("map in itself: %d bytes", got)
	}
}

// What others may be writing to isn't followed: the race detector would see it,
// and a map would throw.
func TestLiveObjectsAreNotFollowed(t *testing.T) {
	type live struct {
		mu sync.Mutex
		m  map[int]string
	}
	v := &live{m: map[int]string{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 1000 {
			v.mu.Lock()
			v.m[i] = "x"
			v.mu.Unlock()
		}
	}()
	for range 1000 {
		exact(t, "guarded", of(v), 8+16)
	}
	<-done
}

// near checks a long value against the truth within a factor.
func near(t *testing.T, what string, got, want int64, factor float64) {
	t.Helper()
	if f := float64(got) / float64(want); f > factor || f < 1/factor {
		t.Errorf("%s: %d bytes, want about %d", what, got, want)
	}
}

func TestLongValuesAreExtrapolated(t *testing.T) {
	var list []string
	for i := range 100_000 {
		list = append(list, strings.Repeat("x", i%100))
	}
	near(t, "strings", of(list), 24+16*int64(cap(list))+100_000*99/2, 1.15)

	var users []*user
	for range 10_000 {
		users = append(users, &user{Name: "ann", Tags: []string{"x", "y"}})
	}
	near(t, "pointers", of(users), 24+8*int64(cap(users))+10_000*(80+3+2*16+2), 1.05)

	// A tree of a million leaves is cut off, not walked.
	tree := make([][][]string, 100)
	for i := range tree {
		tree[i] = make([][]string, 100)
		for j := range tree[i] {
			tree[i][j] = make([]string, 100)
		}
	}
	near(t, "tree", of(tree), 100*100*100*16, 1.5)
}

// What the heap grows by is the judge for maps.
func TestMapsAgainstTheHeap(t *testing.T) {
	for _, n := range []int{8, 100, 1000, 50_000} {
		const copies = 20
		var keep [copies]map[string]int
		var before, after runtime.MemStats
		names := make([]string, n)
		for i := range names {
			names[i] = strconv.Itoa(i)
		}
		runtime.GC()
		runtime.ReadMemStats(&before)
		for c := range keep {
			keep[c] = map[string]int{}
			for _, name := range names {
				keep[c][name] = 1
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		got := of(keep[0])
		for name := range keep[0] {
			got -= int64(len(name))
		}
		near(t, strconv.Itoa(n)+" pairs", got, int64(after.HeapAlloc-before.HeapAlloc)/copies, 1.6)
		runtime.KeepAlive(keep)
	}
}

func TestSimpleValuesDoNotAllocate(t *testing.T) {
	text, raw, number := "hello", make([]byte, 10), 7
	allocs := testing.AllocsPerRun(100, func() {
		footprint.Of(&text)
		footprint.Of(&raw)
		footprint.Of(&number)
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkOf(b *testing.B) {
	text := "hello"
	u := user{Name: "ann", Tags: []string{"x", "y"}, Boss: &user{}}
	var list []user
	for range 10_000 {
		list = append(list, u)
	}
	b.Run("string", func(b *testing.B) {
		for b.Loop() {
			footprint.Of(&text)
		}
	})
	b.Run("struct", func(b *testing.B) {
		for b.Loop() {
			footprint.Of(&u)
		}
	})
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			footprint.Of(&list)
		}
	})
}
