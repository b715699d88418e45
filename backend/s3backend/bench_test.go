package s3backend_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// What one operation takes on a server on this machine, beside what the client
// takes by itself.
func BenchmarkOperations(b *testing.B) {
	server := testserver.StartS3(b)
	client := connect(b, server.S3Access)
	store := s3backend.NewLocker(client, server.Bucket, nil)
	bare := raw{b, client, server.Bucket}
	for _, size := range []int{100, 10_000, 1_000_000} {
		e := backend.Entry{Value: make([]byte, size), Created: time.Now()}
		must(b, store.Set(b.Context(), "k", e))
		bare.put("bare", e.Value)
		for name, run := range map[string]func() error{
			"get":      func() error { return second(store.Get(b.Context(), "k")) },
			"bare get": func() error { bare.get("bare"); return nil },
			"set":      func() error { return store.Set(b.Context(), "k", e) },
			"bare put": func() error { bare.put("bare", e.Value); return nil },
			"lock, commit": func() error {
				l, err := store.Lock(b.Context(), "k", time.Minute)
				if err != nil {
					return err
				}
				return l.Commit(b.Context(), e)
			},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				for b.Loop() {
					must(b, run())
				}
			})
		}
	}
	held := func() error {
		if _, err := store.Lock(b.Context(), "held", time.Hour); err != nil && !errors.Is(err, backend.ErrHeld) {
			return err
		}
		return nil
	}
	b.Run("lock of what is held", func(b *testing.B) {
		for b.Loop() {
			must(b, held())
		}
	})
}
