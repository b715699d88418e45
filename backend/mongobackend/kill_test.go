package mongobackend_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/mongobackend"
)

const (
	killKeys  = 12
	killLease = 250 * time.Millisecond
)

func killKey(r *rand.Rand) string { return fmt.Sprintf("k/%d", r.IntN(killKeys)) }

// sealed returns an entry of which every part can be told from the value, and
// the value be told to be whole and to belong to the key.
func sealed(r *rand.Rand, key string) backend.Entry {
	v := make([]byte, 8+r.IntN(50_000))
	for i := 0; i+8 <= len(v); i += 8 {
		binary.LittleEndian.PutUint64(v[i:], r.Uint64())
	}
	sum := sha256.Sum256(append([]byte(key), v...))
	return backend.Entry{Value: append(v, sum[:]...), Meta: sum[:], Created: time.Now(), Cost: time.Duration(len(v)) * time.Second}
}

// broken says what is wrong with an entry that sealed made.
func broken(key string, e backend.Entry) error {
	n := len(e.Value) - sha256.Size
	if n < 8 {
		return fmt.Errorf("a value of %d bytes", len(e.Value))
	}
	sum := sha256.Sum256(append([]byte(key), e.Value[:n]...))
	switch {
	case !bytes.Equal(sum[:], e.Value[n:]):
		return fmt.Errorf("a torn value of %d bytes", len(e.Value))
	case !bytes.Equal(sum[:], e.Meta):
		return errors.New("the Meta of another value")
	case e.Cost != time.Duration(n)*time.Second:
		return errors.New("the cost of another value")
	case time.Since(e.Created).Abs() > 10*time.Minute:
		return fmt.Errorf("created %v ago", time.Since(e.Created))
	}
	return nil
}

// writer is the process that gets killed: it does everything there is to do
// until then.
func writer(url, name, seed string) error {
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		return err
	}
	b := mongobackend.New(client.Database("cachier_test").Collection(name), nil)
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := b.Size(ctx, "none"); err != nil {
		return err
	}
	fmt.Println("ready")
	errs := make(chan error)
	for g := range uint64(2) {
		r := rand.New(rand.NewPCG(n, g))
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
func anything(ctx context.Context, b *mongobackend.Backend, r *rand.Rand) error {
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
	t.Parallel()
	kills := int(number(t, "CACHIER_TEST_KILLS", 20))
	seed := number(t, "CACHIER_TEST_SEED", rand.Uint64())
	t.Logf("CACHIER_TEST_KILLS=%d CACHIER_TEST_SEED=%d", kills, seed)
	r := rand.New(rand.NewPCG(seed, 99))
	url := serverURL(t)
	c := collection(t, connect(t, url))
	b := over(t, c)
	must(t, second(b.Size(t.Context(), ""))) // so that they needn't all make it
	ctx, stop := context.WithCancel(t.Context())
	var reader sync.WaitGroup
	reads := 0
	reader.Go(func() {
		for r := rand.New(rand.NewPCG(1, 2)); ctx.Err() == nil; reads++ {
			if err := look(ctx, b, killKey(r)); err != nil && ctx.Err() == nil {
				t.Errorf("read %d: %v", reads, err)
				return
			}
		}
	})
	begin := func() *child { return start(t, url, c.Name(), strconv.FormatUint(r.Uint64(), 10)) }
	writers := []*child{begin(), begin(), begin()}
	for range kills {
		time.Sleep(time.Duration(r.IntN(20_000)) * time.Microsecond)
		i := r.IntN(len(writers))
		writers[i].kill(t)
		writers[i] = begin()
	}
	for _, w := range writers {
		w.kill(t)
	}
	stop()
	reader.Wait()
	t.Logf("%d kills, %d reads", kills+len(writers), reads)

	// No lease lasts for longer than its time, and all goes.
	time.Sleep(max(killLease, backend.FailureMark) + 100*time.Millisecond)
	for i := range killKeys {
		key := fmt.Sprintf("k/%d", i)
		must(t, look(t.Context(), b, key))
		l, err := b.Lock(t.Context(), key, time.Minute)
		must(t, err)
		must(t, l.Commit(t.Context(), backend.Entry{Value: []byte("v"), Expires: time.Now().Add(-time.Second)}))
	}
	must(t, second(b.Cleanup(t.Context(), "")))
	if n, err := c.CountDocuments(t.Context(), bson.D{}); n != 0 || err != nil {
		t.Errorf("%d documents are left, %v", n, err)
	}
}
