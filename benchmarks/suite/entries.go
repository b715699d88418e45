package suite

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cachier-go/cachier/benchmarks/load"
	"github.com/cachier-go/cachier/benchmarks/peer"
	"github.com/cachier-go/cachier/benchmarks/stat"
)

// storing are the set-ups whose entries are weighed.
var storing = []string{
	peer.Cachier, peer.CachierOff, peer.OtterOn, peer.RistrettoOff, peer.Theine, peer.GolangLRU, peer.Sturdyc,
	peer.TTLCache, peer.GoCache, peer.GCache, peer.XSync,
}

// The two kinds of entries that are weighed.
const (
	intEntries    = "int to *struct"
	stringEntries = "string to []byte"
)

// planEntries gives each set-up and kind a process of its own: what an earlier cache left on the heap would be weighed
// along.
func planEntries(Options) []Task {
	var tasks []Task
	for _, kind := range []string{intEntries, stringEntries} {
		for _, name := range storing {
			tasks = append(tasks, Task{Arg: kind + "/" + name})
		}
	}
	return tasks
}

// value is what int keys point to.
type value struct{ _ [4]uint64 }

func runEntries(o Options, t Task, emit func(Sample)) error {
	kind, name, _ := strings.Cut(t.Arg, "/")
	var err error
	switch kind {
	case intEntries:
		err = weigh(o, kind, name, load.Ints(o.Entries), func() *value { return new(value) }, emit)
	case stringEntries:
		err = weigh(o, kind, name, load.Strings(o.Entries), func() []byte { return make([]byte, 32) }, emit)
	default:
		err = fmt.Errorf("suite: no kind of entries is named %q", kind)
	}
	if errors.Is(err, peer.ErrKeyKind) {
		return nil
	}
	return err
}

// weigh fills a cache whose capacity is just what is put in, and measures what it holds beyond keys and values, and how
// long a collection takes.
func weigh[K comparable, V any](o Options, kind, name string, keys []K, make1 func() V, emit func(Sample)) error {
	values := make([]V, len(keys))
	for i := range values {
		values[i] = make1()
	}
	before := heap()
	c, err := peer.Open(name, peer.Config[K, V]{Capacity: len(keys) + len(keys)/10, TTL: ttl})
	if err != nil {
		return err
	}
	for i, k := range keys {
		c.Set(k, values[i])
		if i%256 == 255 {
			c.Settle()
		}
	}
	c.Settle()
	after := heap()
	found, _ := c.Hits(keys)
	runtime.KeepAlive(values)
	s := Sample{Case: kind, Subject: name}
	s.Unit, s.Value = "B/entry", (after-before)/float64(max(found, 1))
	emit(s)
	if found < len(keys) {
		s.Unit, s.Value = "found", float64(found)/float64(len(keys))
		emit(s)
	}
	// From here on only the cache holds them, as in a program.
	clear(values)
	clear(keys)
	s.Unit, s.Value = "ms/collection", collection()
	emit(s)
	c.Close()
	runtime.KeepAlive(c)
	return nil
}

// heap returns the bytes that live objects take. Twice, because what has a finalizer goes only with the second.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// collection returns the median time of one collection, in milliseconds.
func collection() float64 {
	runtime.GC()
	times := make([]float64, 9)
	for i := range times {
		begin := time.Now()
		runtime.GC()
		times[i] = time.Since(begin).Seconds() * 1e3
	}
	slices.Sort(times)
	return stat.Median(times)
}
