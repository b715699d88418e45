package sqlbackend_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

const (
	killKeys  = 12
	killLease = 250 * time.Millisecond
)

func killKey(r *rand.Rand) string { return fmt.Sprintf("k/%d", r.IntN(killKeys)) }

// sealed returns an entry of which every part can be told from the value, and
// the value be told to be whole and to belong to the key.
func sealed(r *rand.Rand, key string) backend.Entry {
	v := make([]byte, 16+r.IntN(20_000))
	for i := 0; i+8 <= len(v); i += 8 {
		binary.LittleEndian.PutUint64(v[i:], r.Uint64())
	}
	sum := sha256.Sum256(append([]byte(key), v...))
	now, n := time.Now(), time.Duration(len(v))
	return backend.Entry{Value: append(v, sum[:]...), Meta: sum[:], Created: now, Expires: now.Add(n * time.Hour), Cost: n * time.Second}
}

// broken says what is wrong with an entry that sealed made.
func broken(key string, e backend.Entry) error {
	n := len(e.Value) - sha256.Size
	if n < 16 {
		return fmt.Errorf("a value of %d bytes", len(e.Value))
	}
	v := e.Value[:n]
	sum := sha256.Sum256(append([]byte(key), v...))
	switch {
	case !bytes.Equal(sum[:], e.Value[n:]):
		return fmt.Errorf("a torn value of %d bytes", len(e.Value))
	case !bytes.Equal(sum[:], e.Meta):
		return errors.New("the Meta of another value")
	case (e.Expires.Sub(e.Created) - time.Duration(n)*time.Hour).Abs() > time.Minute: // a server's clock tells each of them
		return errors.New("the times of another value")
	case e.Cost != time.Duration(n)*time.Second:
		return errors.New("the cost of another value")
	}
	return nil
}

// writer is the process that gets killed: it does everything there is to do
// until then. Its arguments are the driver, the data source and a seed.
func writer(args []string) error {
	db, err := sql.Open(args[0], args[1])
	if err != nil {
		return err
	}
	b, err := sqlbackend.New(db, nil)
	if err != nil {
		return err
	}
	seed, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := b.Size(ctx, ""); err != nil {
		return err
	}
	fmt.Println("ready")
	errs := make(chan error)
	for g := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, g))
		go func() {
			for {
				if err := anything(ctx, b, r); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return <-errs
}

// anything does one random thing to one random key.
func anything(ctx context.Context, b *sqlbackend.Backend, r *rand.Rand) error {
	key := killKey(r)
	switch n := r.IntN(20); {
	case n < 6:
		return b.Set(ctx, key, sealed(r, key))
	case n < 7:
		return b.Delete(ctx, key)
	case n < 12:
		l, err := b.Lock(ctx, key, killLease)
		if errors.Is(err, backend.ErrHeld) {
			return nil
		}
		if err != nil {
			return err
		}
		switch r.IntN(4) {
		case 0:
			err = l.Fail(ctx)
		case 1:
			err = l.Extend(ctx, killLease)
		default:
			err = l.Commit(ctx, sealed(r, key))
		}
		if errors.Is(err, backend.ErrLeaseLost) {
			return nil
		}
		return err
	case n == 12 && r.IntN(10) == 0:
		return b.Clear(ctx, key)
	default:
		return look(ctx, b, key)
	}
}

// look reads a key, and returns an error unless it is whole or absent.
func look(ctx context.Context, b backend.Backend, key string) error {
	e, err := b.Get(ctx, key)
	if errors.Is(err, backend.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = broken(key, e)
	}
	return err
}

// number reads a number from the environment.
func number(t testing.TB, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	must(t, err)
	return n
}

// Writers are killed at random moments; nobody ever reads what is wrong or
// torn, and nothing is left behind that hinders those who go on.
func TestKilledWriters(t *testing.T) {
	for name, parameters := range map[string]string{
		"WAL": recommended,
		// Without waiting for the disk, which a kill doesn't lose anything of.
		"rollback journal": "?_pragma=busy_timeout(5000)&_pragma=synchronous(OFF)",
	} {
		t.Run(name, func(t *testing.T) {
			db := killWriters(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "cache.db")+parameters)
			var verdict string
			must(t, db.QueryRow("PRAGMA integrity_check").Scan(&verdict))
			if verdict != "ok" {
				t.Errorf("the file is damaged: %s", verdict)
			}
			nothingIn(t, db, "cachier_entries", "cachier_entries_leases")
		})
	}
}

// nothingIn fails the test if a table isn't empty.
func nothingIn(t *testing.T, db *sql.DB, tables ...string) {
	t.Helper()
	for _, table := range tables {
		var n int
		must(t, db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
		if n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
}

// killWriters kills writers while it reads, looks at what they left, and cleans
// that up.
func killWriters(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	kills := int(number(t, "CACHIER_TEST_KILLS", 20))
	seed := number(t, "CACHIER_TEST_SEED", rand.Uint64())
	t.Logf("CACHIER_TEST_KILLS=%d CACHIER_TEST_SEED=%d", kills, seed)
	r := rand.New(rand.NewPCG(seed, 99))
	db, err := sql.Open(driver, dsn)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	b := over(t, db, nil)
	reads, stop := watchReads(t, b)
	var writers [3]*child
	for i := range writers {
		writers[i] = start(t, "writer", driver, dsn, strconv.FormatUint(r.Uint64(), 10))
	}
	for range kills {
		time.Sleep(time.Duration(r.IntN(20_000)) * time.Microsecond)
		i := r.IntN(len(writers))
		writers[i].kill(t)
		writers[i] = start(t, "writer", driver, dsn, strconv.FormatUint(r.Uint64(), 10))
	}
	for _, w := range writers {
		w.kill(t)
	}
	stop()
	t.Logf("%d kills, %d reads", kills+len(writers), *reads)
	aftermath(t, b)
	return db
}

// watchReads reads on and on until it is stopped, and then says how often.
func watchReads(t *testing.T, b *sqlbackend.Backend) (reads *int, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var reader sync.WaitGroup
	reads = new(int)
	reader.Go(func() {
		r := rand.New(rand.NewPCG(1, 2))
		for ; ctx.Err() == nil; *reads++ {
			if err := look(ctx, b, killKey(r)); err != nil && ctx.Err() == nil {
				t.Errorf("read %d: %v", *reads, err)
				return
			}
			if *reads%100 != 0 {
				continue
			}
			for _, err := range b.List(ctx, "") {
				if err != nil && ctx.Err() == nil {
					t.Errorf("listing: %v", err)
				}
			}
		}
	})
	return reads, func() { cancel(); reader.Wait() }
}

// aftermath looks at what the dead have left: whole entries, and no lease that
// lasts for longer than its time. In the end it leaves nothing.
func aftermath(t *testing.T, b *sqlbackend.Backend) {
	t.Helper()
	ctx := t.Context()
	time.Sleep(max(killLease, backend.FailureMark))
	for i := range killKeys {
		key := fmt.Sprintf("k/%d", i)
		if err := look(ctx, b, key); err != nil {
			t.Errorf("in the end: %v", err)
		}
		l, err := b.Lock(ctx, key, time.Minute)
		must(t, err)
		e := backend.Entry{Value: []byte("v"), Created: time.Now(), Expires: time.Now()}
		must(t, l.Commit(ctx, e))
	}
	_, err := b.Cleanup(ctx, "")
	must(t, err)
}
