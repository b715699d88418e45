package alike_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/cachier-go/cachier/internal/alike"
)

type user struct {
	ID    int
	Name  string
	Tags  []string
	Since time.Time
	Boss  *user
	Extra map[string]float64
}

type page []byte

// check compares a with b both ways and fails if the verdict isn't want.
func check[V any](t *testing.T, what string, a, b V, want bool) {
	t.Helper()
	equal, ok := alike.Func[V]()
	if !ok {
		t.Fatalf("%s: %T can't be compared", what, a)
	}
	if equal(a, b) != want || equal(b, a) != want {
		t.Errorf("%s: equal is not %v", what, want)
	}
}

func TestFunc(t *testing.T) {
	now := time.Now()
	check(t, "strings", "a", "a", true)
	check(t, "strings", "a", "b", false)
	check(t, "named bytes", page("a"), page("a"), true)
	check(t, "named bytes", page("a"), page("b"), false)
	check(t, "nil and empty bytes", []byte(nil), []byte{}, false)
	check(t, "nil and empty slices", []int(nil), []int{}, false)
	check(t, "lengths", []int{1}, []int{1, 2}, false)
	check(t, "times in two places", now, now.UTC().Round(0), true)
	check(t, "different times", now, now.Add(1), false)
	check(t, "time inside", []time.Time{now}, []time.Time{now.UTC()}, true)
	check(t, "NaN", math.NaN(), math.NaN(), false)
	check(t, "zeros", 0.0, math.Copysign(0, -1), true)
	check(t, "byte arrays", [2]byte{1, 2}, [2]byte{1, 2}, true)
	check(t, "maps", map[string]int{"a": 1, "b": 2}, map[string]int{"b": 2, "a": 1}, true)
	check(t, "maps, a value", map[string]int{"a": 1}, map[string]int{"a": 2}, false)
	check(t, "maps, a key", map[string]int{"a": 0}, map[string]int{"b": 0}, false)
	check(t, "nil pointers", (*user)(nil), nil, true)
	check(t, "one nil pointer", &user{}, nil, false)

	make := func() user {
		return user{1, "ann", []string{"x"}, now, &user{ID: 2}, map[string]float64{"k": .5}}
	}
	check(t, "structs", make(), make(), true)
	other := make()
	other.Boss.ID = 3
	check(t, "structs, deep down", make(), other, false)
}

// A ring of n that differs at the end if told so.
func ring(n int, last string) *user {
	first := &user{Name: "0"}
	u := first
	for range n {
		u.Boss = &user{Name: "0"}
		u = u.Boss
	}
	u.Name = last
	u.Boss = first
	return first
}

func TestValuesThatContainThemselves(t *testing.T) {
	check(t, "rings", ring(1000, "0"), ring(1000, "0"), true)
	check(t, "rings, the last link", ring(1000, "0"), ring(1000, "1"), false)

	// Without memory of what was compared this takes 2^100 steps.
	type node struct{ Left, Right *node }
	lattice := func() *node {
		n := &node{}
		for range 100 {
			n = &node{n, n}
		}
		return n
	}
	check(t, "lattices", lattice(), lattice(), true)

	type list []list
	loop := func() list {
		l := list{nil}
		l[0] = l
		return l
	}
	check(t, "slices in themselves", loop(), loop(), true)
}

func TestWhatIsNotPlainData(t *testing.T) {
	refuse[any](t)
	refuse[error](t)
	refuse[func()](t)
	refuse[chan int](t)
	refuse[uintptr](t)
	refuse[struct{ hidden int }](t)
	refuse[*bytes.Buffer](t)
	refuse[map[string]any](t)
	refuse[[]struct{ F func() }](t)
	type recursive struct {
		Next *recursive
		F    func()
	}
	refuse[recursive](t)
}

func refuse[V any](t *testing.T) {
	t.Helper()
	if equal, ok := alike.Func[V](); ok || equal != nil {
		t.Errorf("%T was taken for plain data", *new(V))
	}
}
