package footprint_test

import (
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

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

// The sizes of what Go itself lays out, on this machine.
const (
	word   = int64(unsafe.Sizeof(uintptr(0)))
	text   = 2 * word
	slice  = 3 * word
	record = int64(unsafe.Sizeof(user{}))
)

func TestExactWhereItIsSimple(t *testing.T) {
	exact(t, "int64", of(int64(7)), 8)
	exact(t, "struct of numbers", of(struct{ A, B int32 }{}), 8)
	exact(t, "time", of(time.Now()), int64(unsafe.Sizeof(time.Time{})))
	exact(t, "string", of("hello"), text+5)
	exact(t, "bytes by capacity", of(make([]byte, 10, 100)), slice+100)
	exact(t, "numbers by capacity", of(make([]int32, 3, 4)), slice+16)
	exact(t, "nil slice", of([]string(nil)), slice)
	exact(t, "strings", of([]string{"ab", "c"}), slice+2*text+3)
	exact(t, "pointer", of(new(int64)), word+8)
	exact(t, "nil pointer", of((*user)(nil)), word)
	exact(t, "nil map", of(map[string]int(nil)), word)
	exact(t, "string in an interface", of[any]("abc"), 2*word+text+3)
	exact(t, "nil interface", of[any](nil), 2*word)
	exact(t, "pointer in an interface", of[any](new(int64)), 2*word+8)
	u := user{Name: "ann", Tags: []string{"x"}, Boss: &user{Name: "bob"}}
	exact(t, "struct", of(u), record+3+text+1+record+3)
	same := &user{}
	exact(t, "one pointer twice", of([]*user{same, same}), slice+2*word+record)
}

func TestCycles(t *testing.T) {
	u := &user{Name: "ann"}
	u.Boss = u
	exact(t, "its own boss", of(u), word+record+3)
	type list []list
	l := make(list, 1)
	l[0] = l
	exact(t, "slice in itself", of(l), slice+slice)
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
		exact(t, "guarded", of(v), word+int64(unsafe.Sizeof(*v)))
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
	near(t, "strings", of(list), slice+text*int64(cap(list))+100_000*99/2, 1.15)

	var users []*user
	for range 10_000 {
		users = append(users, &user{Name: "ann", Tags: []string{"x", "y"}})
	}
	near(t, "pointers", of(users), slice+word*int64(cap(users))+10_000*(record+3+2*text+2), 1.05)

	// A tree of a million leaves is cut off, not walked.
	tree := make([][][]string, 100)
	for i := range tree {
		tree[i] = make([][]string, 100)
		for j := range tree[i] {
			tree[i][j] = make([]string, 100)
		}
	}
	near(t, "tree", of(tree), 100*100*100*text, 1.5)
}

// What the heap grows by is the judge for maps.
func TestMapsAgainstTheHeap(t *testing.T) {
	for _, n := range []int{8, 100, 1000, 50_000} {
		copies := max(20, 20_000/n) // so that what else is on the heap doesn't count
		keep := make([]map[string]int, copies)
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
		near(t, strconv.Itoa(n)+" pairs", got, int64(after.HeapAlloc-before.HeapAlloc)/int64(copies), 1.6)
		runtime.KeepAlive(keep)
	}
}

func TestSimpleValuesDoNotAllocate(t *testing.T) {
	word, raw, number := "hello", make([]byte, 10), 7
	allocs := testing.AllocsPerRun(100, func() {
		footprint.Of(&word)
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
