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

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
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

func storeHit(b *testing.B, store string, size int) {
	want := user{42, "Ada", []string{"admin", "author"}, strings.Repeat("a line of text. ", size/16)}
	text, err := json.Marshal(want)
	if err != nil {
		b.Fatal(err)
	}
	dir, ctx := b.TempDir(), b.Context()
	var s backend.Backend = stores[store](b, dir)
	read := raws[store](b, dir, text)
	f := cachier.Must(cachier.New("users", func(context.Context, int) (user, error) { return want, nil },
		quiet(cachier.WithBackend(s), cachier.WithNamespace("bench"), cachier.WithTTL(time.Hour))...))
	defer func() { _ = f.Close(ctx) }()
	through := func() {
		if u, err := f.Call(ctx, 42); err != nil || u.ID != 42 {
			b.Fatal(u.ID, err)
		}
	}
	by := func() {
		value, err := read(ctx)
		var u user
		if err == nil {
			err = json.Unmarshal(value, &u)
		}
		if err != nil || u.ID != 42 {
			b.Fatal(u.ID, err)
		}
	}
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
	if misses := f.Metrics().Snapshot().Computations(); misses != 1 {
		b.Errorf("%d computations: what was measured were no hits", misses)
	}
}
