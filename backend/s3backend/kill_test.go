package s3backend_test

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

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

const (
	killKeys  = 8
	killLease = 500 * time.Millisecond
)

func killKey(r *rand.Rand) string { return fmt.Sprintf("k/%d", r.IntN(killKeys)) }

// sealed returns an entry of which every part can be told from the value, and
// the value be told to be whole and to belong to the key.
func sealed(r *rand.Rand, key string) backend.Entry {
	v := make([]byte, 8+r.IntN(200_000))
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
func writer(o order) error {
	client := s3.New(s3.Options{
		BaseEndpoint: &o.Access.Endpoint, Region: o.Access.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(o.Access.AccessKey, o.Access.SecretKey, ""),
	})
	b := s3backend.NewLocker(client, o.Bucket, nil)
	ctx := context.Background()
	if err := b.Check(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	errs := make(chan error)
	for g := range uint64(2) {
		r := rand.New(rand.NewPCG(o.Seed, g))
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
func anything(ctx context.Context, b *s3backend.Locker, r *rand.Rand) error {
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
	case n == 13 && r.IntN(10) == 0:
		_, err := b.Cleanup(ctx, key)
		return err
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
	kills := int(number(t, "CACHIER_TEST_KILLS", 10))
	seed := number(t, "CACHIER_TEST_SEED", rand.Uint64())
	t.Logf("CACHIER_TEST_KILLS=%d CACHIER_TEST_SEED=%d", kills, seed)
	r := rand.New(rand.NewPCG(seed, 99))
	server := testserver.StartS3(t)
	client := connect(t, server.S3Access)
	b := s3backend.NewLocker(client, server.Bucket, nil)
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
	begin := func() *child { return start(t, order{server.S3Access, server.Bucket, r.Uint64()}) }
	writers := []*child{begin(), begin()}
	for range kills {
		time.Sleep(time.Duration(r.IntN(100_000)) * time.Microsecond)
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
	time.Sleep(max(killLease, backend.FailureMark) + 500*time.Millisecond)
	for i := range killKeys {
		key := fmt.Sprintf("k/%d", i)
		must(t, look(t.Context(), b, key))
		l, err := b.Lock(t.Context(), key, time.Minute)
		must(t, err)
		must(t, l.Commit(t.Context(), backend.Entry{Value: []byte("v"), Expires: time.Now().Add(-time.Second)}))
	}
	if n, err := b.Cleanup(t.Context(), ""); n != killKeys || err != nil {
		t.Errorf("Cleanup: %d, %v", n, err)
	}
	if left := (raw{t, client, server.Bucket}).names(); len(left) != 1 { // the marker of conditions
		t.Errorf("%v are left", left)
	}
}
