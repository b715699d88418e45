package integration_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/beside"
)

// user is what a program may have stored.
type user struct {
	ID    int
	Name  string
	Roles []string
	Bio   string
}

// raw reads the encoded value of one key, with what has to be known about it,
// without this library, as a program would that keeps its results by itself.
type raw func(ctx context.Context) ([]byte, error)

// raws make such readers over what a store's directory holds.
var raws = map[string]func(b *testing.B, dir string, value []byte) raw{
	"files": func(b *testing.B, dir string, value []byte) raw {
		path := filepath.Join(dir, "raw")
		if err := os.WriteFile(path, value, 0o600); err != nil {
			b.Fatal(err)
		}
		return func(context.Context) ([]byte, error) {
			info, err := os.Stat(path)
			if err != nil || time.Since(info.ModTime()) > time.Hour {
				return nil, errors.Join(err, errors.New("expired"))
			}
			return os.ReadFile(path)
		}
	},
	"sqlite": func(b *testing.B, dir string, value []byte) raw {
		db := openSQLite(b, dir)
		if _, err := db.Exec("CREATE TABLE raw (key BLOB PRIMARY KEY, created INTEGER, expires INTEGER, cost INTEGER, meta BLOB, value BLOB)"); err != nil {
			b.Fatal(err)
		}
		if _, err := db.Exec("INSERT INTO raw VALUES (?, 1, ?, 1, ?, ?)", []byte("key"), time.Now().Add(time.Hour).UnixMicro(), make([]byte, 40), value); err != nil {
			b.Fatal(err)
		}
		return selecting(b, db, "raw", "key = ?")
	},
	"postgres": func(b *testing.B, dir string, value []byte) raw {
		db, table := openServer(b, "pgx", postgresURL(b)), tableOf(dir)+"_raw"
		if _, err := db.Exec("CREATE TABLE " + table + " (key bytea PRIMARY KEY, created bigint, expires bigint, cost bigint, meta bytea, value bytea)"); err != nil {
			b.Fatal(err)
		}
		if _, err := db.Exec("INSERT INTO "+table+" VALUES ($1, 1, $2, 1, $3, $4)", []byte("key"), time.Now().Add(time.Hour).UnixMicro(), make([]byte, 40), value); err != nil {
			b.Fatal(err)
		}
		return selecting(b, db, table, "key = $1")
	},
	"mariadb": func(b *testing.B, dir string, value []byte) raw {
		db, table := openServer(b, "mysql", mariaDSN(b)), tableOf(dir)+"_raw"
		if _, err := db.Exec("CREATE TABLE " + table + " (`key` VARBINARY(768) PRIMARY KEY, created BIGINT, expires BIGINT, cost BIGINT, meta LONGBLOB, value LONGBLOB)"); err != nil {
			b.Fatal(err)
		}
		if _, err := db.Exec("INSERT INTO "+table+" VALUES (?, 1, ?, 1, ?, ?)", []byte("key"), time.Now().Add(time.Hour).UnixMicro(), make([]byte, 40), value); err != nil {
			b.Fatal(err)
		}
		return selecting(b, db, table, "`key` = ?")
	},
	"redis": func(b *testing.B, dir string, value []byte) raw {
		client := connectRedis(b, redisAddr(b))
		if err := client.Set(b.Context(), dir+" raw", value, time.Hour).Err(); err != nil {
			b.Fatal(err)
		}
		return func(ctx context.Context) ([]byte, error) { return client.Get(ctx, dir+" raw").Bytes() }
	},
	"mongo": func(b *testing.B, dir string, value []byte) raw {
		c := connectMongo(b, mongoURL(b)).Collection(tableOf(dir) + "_raw")
		type document struct {
			ID               string `bson:"_id"`
			Created, Expires time.Time
			Cost             int64
			Meta, Value      []byte
		}
		d := document{ID: "key", Created: time.Now(), Expires: time.Now().Add(time.Hour), Cost: 1, Meta: make([]byte, 40), Value: value}
		if _, err := c.InsertOne(b.Context(), d); err != nil {
			b.Fatal(err)
		}
		return func(ctx context.Context) ([]byte, error) {
			var d document
			err := c.FindOne(ctx, bson.D{{Key: "_id", Value: "key"}}).Decode(&d)
			if err == nil && !time.Now().Before(d.Expires) {
				err = errors.New("expired")
			}
			return d.Value, err
		}
	},
}

// selecting reads by a prepared statement.
func selecting(b *testing.B, db *sql.DB, table, where string) raw {
	query, err := db.Prepare("SELECT created, expires, cost, meta, value FROM " + table + " WHERE " + where)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = query.Close() })
	return func(ctx context.Context) (value []byte, err error) {
		var created, expires, cost int64
		var meta []byte
		err = query.QueryRowContext(ctx, []byte("key")).Scan(&created, &expires, &cost, &meta, &value)
		if err == nil && time.Now().UnixMicro() >= expires {
			err = errors.New("expired")
		}
		return value, err
	}
}

// BenchmarkStoreHit is a hit through a Func, with all its metrics and its
// time-out, beside reading the same value raw and decoding it in the same way.
// Both are done in turns and timed apart, so that whatever else the machine does
// hits both; func/raw is the median of the ratios of a hundred turns each.
func BenchmarkStoreHit(b *testing.B) {
	for store := range raws {
		for _, size := range []int{100, 1000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", store, size), func(b *testing.B) { storeHit(b, store, size) })
		}
	}
}

// hit is a function whose results are on a store, and the same value beside it.
type hit struct {
	f    *cachier.Func[int, user]
	read raw
}

func newHit(b *testing.B, store string, size int) *hit {
	want := user{42, "Ada", []string{"admin", "author"}, strings.Repeat("a line of text. ", size/16)}
	text, err := json.Marshal(want)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	var s backend.Backend = stores[store](b, dir)
	h := &hit{read: raws[store](b, dir, text)}
	h.f = cachier.Must(cachier.New("users", func(context.Context, int) (user, error) { return want, nil },
		quiet(cachier.WithBackend(s), cachier.WithNamespace("bench"), cachier.WithTTL(time.Hour))...))
	b.Cleanup(func() { _ = h.f.Close(context.Background()) })
	return h
}

// through is a hit through the function; by is what it is compared with.
func (h *hit) through(b *testing.B, key int) {
	if u, err := h.f.Call(b.Context(), key); err != nil || u.ID != 42 {
		b.Error(u.ID, err)
	}
}

func (h *hit) by(b *testing.B) {
	value, err := h.read(b.Context())
	var u user
	if err == nil {
		err = json.Unmarshal(value, &u)
	}
	if err != nil || u.ID != 42 {
		b.Error(u.ID, err)
	}
}

// were makes sure that so many keys were computed, and all else were hits.
func (h *hit) were(b *testing.B, keys uint64) {
	if misses := h.f.Metrics().Snapshot().Computations(); misses != keys {
		b.Errorf("%d computations: what was measured were no hits", misses)
	}
}

func storeHit(b *testing.B, store string, size int) {
	h := newHit(b, store, size)
	through, by := func() { h.through(b, 42) }, func() { h.by(b) }
	through()
	by()
	timed := func(run func()) time.Duration {
		start := time.Now()
		run()
		return time.Since(start)
	}
	var ratios []float64
	var all, bare, turnAll, turnBare time.Duration
	for i := 0; b.Loop(); i++ {
		first, second := timed(through), timed(by)
		turnAll, turnBare = turnAll+first, turnBare+second
		if i%100 == 99 {
			ratios = append(ratios, float64(turnAll)/float64(turnBare))
			all, bare, turnAll, turnBare = all+turnAll, bare+turnBare, 0, 0
		}
	}
	if len(ratios) == 0 {
		return // the first, short tries of the benchmark
	}
	slices.Sort(ratios)
	n := float64(100 * len(ratios))
	b.ReportMetric(float64(all.Nanoseconds())/n, "func-ns")
	b.ReportMetric(float64(bare.Nanoseconds())/n, "raw-ns")
	b.ReportMetric(ratios[len(ratios)/2], "func/raw")
	h.were(b, 1)
}

// BenchmarkStoreHitBy64 is the same by 64 goroutines at once, each with a key of
// its own: rounds of the one and the other in turns. func/raw is the median of
// the ratios of their times; at most 1.11 is 0.9 of the throughput.
func BenchmarkStoreHitBy64(b *testing.B) {
	const size, goroutines = 1000, 64
	for store := range raws {
		b.Run(store, func(b *testing.B) {
			h := newHit(b, store, size)
			through := func(key int) error { h.through(b, key); return nil }
			by := func(int) error { h.by(b); return nil }
			beside.Ratio(b, "func/raw", goroutines, through, by)
			h.were(b, goroutines)
		})
	}
}
