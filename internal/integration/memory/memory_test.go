//go:build !race

package memory_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/mongobackend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/testserver"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

var all = flag.Bool("all", false, "100,000 entries on every store, which takes a quarter of an hour")

// stores are what the test goes through: how to open one, how many entries it is
// to have, and how to make those of one that is there, under keys that are its
// own and a number.
var stores = map[string]struct {
	entries int
	open    func(t *testing.T) (b backend.Backend, copies func(n int) error)
}{
	"sqlite": {100_000, func(t *testing.T) (backend.Backend, func(n int) error) {
		return database(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "cache.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)",
			"INSERT INTO cachier_entries SELECT CAST(key || i AS BLOB), created, expires, cost, meta, value FROM cachier_entries,"+
				" (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n)")
	}},
	"postgres": {100_000, func(t *testing.T) (backend.Backend, func(n int) error) {
		return database(t, "pgx", testserver.StartPostgres(t).URL,
			"INSERT INTO cachier_entries (key, created, expires, cost, meta, value)"+
				" SELECT key || CAST(CAST(i AS text) AS bytea), created, expires, cost, meta, value FROM cachier_entries, generate_series(1, %d) AS i")
	}},
	"mariadb": {100_000, func(t *testing.T) (backend.Backend, func(n int) error) {
		return database(t, "mysql", testserver.StartMariaDB(t).DSN,
			"INSERT INTO cachier_entries (`key`, created, expires, cost, size, meta, value)"+
				" SELECT CONCAT(`key`, seq), created, expires, cost, size, meta, value FROM cachier_entries, seq_1_to_%d")
	}},
	"redis": {100_000, overRedis},
	// The test server reads all entries for each page of a listing.
	"mongo": {12_000, overMongo},
	// A request for each, to make it and to list it.
	"s3": {5_000, overS3},
}

// database opens a database, whose text makes copies.
func database(t *testing.T, driver, dsn, text string) (backend.Backend, func(n int) error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b, err := sqlbackend.New(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b, func(n int) error { _, err := db.Exec(fmt.Sprintf(text, n)); return err }
}

func overRedis(t *testing.T) (backend.Backend, func(n int) error) {
	client := redis.NewClient(&redis.Options{Addr: testserver.StartRedis(t).Addr})
	t.Cleanup(func() { _ = client.Close() })
	return redisbackend.New(client, nil), func(n int) error {
		keys, err := client.Keys(t.Context(), "*").Result()
		if err != nil || len(keys) != 1 {
			return fmt.Errorf("%q, %w", keys, err)
		}
		value, err := client.Get(t.Context(), keys[0]).Result()
		if err != nil {
			return err
		}
		for i := 0; i < n; {
			batch := client.Pipeline()
			for range min(n-i, 1000) {
				i++
				batch.Set(t.Context(), keys[0]+fmt.Sprint(i), value, 0)
			}
			if _, err := batch.Exec(t.Context()); err != nil {
				return err
			}
		}
		return nil
	}
}

func overMongo(t *testing.T) (backend.Backend, func(n int) error) {
	ctx := t.Context()
	client, err := mongo.Connect(options.Client().ApplyURI(testserver.StartMongo(t).URL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(ctx)) })
	c := client.Database("app").Collection("cache")
	return mongobackend.New(c, nil), func(n int) error {
		var one bson.M
		if err := c.FindOne(ctx, bson.D{{Key: "_id", Value: "k"}}).Decode(&one); err != nil {
			return err
		}
		copies := make([]any, n)
		for i := range copies {
			d := maps.Clone(one)
			d["_id"] = fmt.Sprint("k", i)
			copies[i] = d
		}
		_, err := c.InsertMany(ctx, copies)
		return err
	}
}

func overS3(t *testing.T) (backend.Backend, func(n int) error) {
	s := testserver.StartS3(t)
	client := s3.New(s3.Options{
		BaseEndpoint: &s.Endpoint, Region: s.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""),
	})
	b := s3backend.New(client, s.Bucket, nil)
	return b, func(n int) error {
		e, err := b.Get(t.Context(), "k")
		if err != nil {
			return err
		}
		for i := range n {
			if err := b.Set(t.Context(), fmt.Sprint("k", i), e); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestMemoryOfManyEntries lists, sizes and clears 100,000 entries of 1 kB, which
// takes less than 64 MiB; fewer where making and reading them takes minutes,
// unless asked for:
//
//	go test -timeout 2h -v ./memory -all
func TestMemoryOfManyEntries(t *testing.T) {
	const size, most = 1000, 64 << 20
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			if *all {
				store.entries = 100_000
			}
			ctx := t.Context()
			b, copies := store.open(t)
			defer func() { _ = b.Close() }()
			if err := b.Set(ctx, "k", backend.Entry{Value: make([]byte, size), Meta: make([]byte, 40), Created: time.Now()}); err != nil {
				t.Fatal(err)
			}
			if err := copies(store.entries - 1); err != nil {
				t.Fatal(err)
			}
			want := backend.Usage{Entries: int64(store.entries), Bytes: size * int64(store.entries)}
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
				// A store may add what it needs itself for each.
				if over := got.Bytes - step.want.Bytes; got.Entries != step.want.Entries || over < 0 || over > 500*got.Entries || err != nil {
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
