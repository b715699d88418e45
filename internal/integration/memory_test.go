package integration_test

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/cachier-go/cachier/backend"
)

// multiplied are the stores that are filled with many entries, and how: by
// copies of one that is there, under keys that are its own and a number.
var multiplied = map[string]struct {
	copies int
	copy   func(t *testing.T, dir string, copies int)
}{
	"sqlite": {100_000, func(t *testing.T, dir string, copies int) {
		run(t, "sqlite", "file:"+dir+"/cache.db", fmt.Sprintf("INSERT INTO cachier_entries SELECT CAST(key || i AS BLOB), created, expires, cost, meta, value FROM cachier_entries,"+
			" (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n)", copies))()
	}},
	"postgres": {100_000, func(t *testing.T, dir string, copies int) {
		run(t, "pgx", postgresURL(t), fmt.Sprintf("INSERT INTO %[1]s (key, created, expires, cost, meta, value)"+
			" SELECT key || CAST(CAST(i AS text) AS bytea), created, expires, cost, meta, value FROM %[1]s, generate_series(1, %[2]d) AS i", tableOf(dir), copies))()
	}},
	"mariadb": {100_000, func(t *testing.T, dir string, copies int) {
		run(t, "mysql", mariaDSN(t), fmt.Sprintf("INSERT INTO %[1]s (`key`, created, expires, cost, size, meta, value)"+
			" SELECT CONCAT(`key`, seq), created, expires, cost, size, meta, value FROM %[1]s, seq_1_to_%[2]d", tableOf(dir), copies))()
	}},
	"redis": {100_000, func(t *testing.T, dir string, copies int) {
		client := connectRedis(t, redisAddr(t))
		key := onlyKey(t, client, dir)
		if err := client.Eval(t.Context(), "local v = redis.call('GET', KEYS[1]) for i = 1, ARGV[1] do redis.call('SET', KEYS[1] .. i, v) end return 0", []string{key}, copies).Err(); err != nil {
			t.Fatal(err)
		}
	}},
	// The test server reads all of them for each page of a listing.
	"mongo": {5_000, func(t *testing.T, dir string, copies int) {
		c := connectMongo(t, mongoURL(t)).Collection(tableOf(dir))
		var one bson.M
		if err := c.FindOne(t.Context(), bson.D{}).Decode(&one); err != nil {
			t.Fatal(err)
		}
		all := make([]any, copies)
		for i := range all {
			d := maps.Clone(one)
			d["_id"] = fmt.Sprint(one["_id"], i)
			all[i] = d
		}
		if _, err := c.InsertMany(t.Context(), all); err != nil {
			t.Fatal(err)
		}
	}},
}

// TestMemoryOfManyEntries lists, sizes and clears up to 100,000 entries of 1 kB,
// which takes less than 64 MiB.
func TestMemoryOfManyEntries(t *testing.T) {
	const size, most = 1000, 64 << 20
	for store, m := range multiplied {
		t.Run(store, func(t *testing.T) {
			ctx, dir := t.Context(), t.TempDir()
			b := stores[store](t, dir)
			if err := b.Set(ctx, "k", backend.Entry{Value: make([]byte, size), Meta: make([]byte, 40), Created: time.Now()}); err != nil {
				t.Fatal(err)
			}
			m.copy(t, dir, m.copies)
			want := backend.Usage{Entries: int64(m.copies) + 1, Bytes: size * (int64(m.copies) + 1)}
			for _, step := range []struct {
				name string
				want backend.Usage
				do   func() (backend.Usage, error)
			}{
				{"list", want, func() (u backend.Usage, err error) { return listed(ctx, b) }},
				{"size", want, func() (backend.Usage, error) { return backend.Size(ctx, b, "") }},
				{"clear", backend.Usage{}, func() (u backend.Usage, err error) {
					if err := backend.Clear(ctx, b, ""); err != nil {
						return u, err
					}
					return listed(ctx, b)
				}},
			} {
				start := time.Now()
				var got backend.Usage
				var err error
				took := grown(func() { got, err = step.do() })
				t.Logf("%s: %.1f MiB, %v", step.name, float64(took)/(1<<20), time.Since(start).Round(time.Millisecond))
				if got != step.want || err != nil {
					t.Errorf("%s: %+v, %v; want %+v", step.name, got, err, step.want)
				}
				if took > most {
					t.Errorf("%s took %d bytes of memory, want %d at most", step.name, took, most)
				}
			}
		})
	}
}

// listed counts what a listing yields.
func listed(ctx context.Context, b backend.Backend) (u backend.Usage, err error) {
	for info, err := range b.List(ctx, "") {
		if err != nil {
			return u, err
		}
		u.Entries++
		u.Bytes += info.Size
	}
	return u, nil
}

// heap is how much the heap has taken, garbage included.
func heap() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() + s[1].Value.Uint64())
}

// grown runs f and returns by how much the heap had grown at most.
func grown(f func()) (most int64) {
	runtime.GC()
	before, done := heap(), make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			most = max(most, heap()-before)
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	f()
	close(done)
	watch.Wait()
	return most
}
