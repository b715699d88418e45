package filebackend_test

import (
	"context"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
)

// BenchmarkGet stands beside os.ReadFile of the same file and a checksum of it,
// which is what any store of files has to do: a hit should cost at most 1.25
// times that. Both are done in turns and timed apart, so that whatever else the
// machine does hits both.
func BenchmarkGet(b *testing.B) {
	for _, size := range []int{100, 4 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := open(b, b.TempDir(), nil)
			if err := s.Set(b.Context(), "k", backend.Entry{Value: make([]byte, size), Meta: make([]byte, 40), Created: time.Now()}); err != nil {
				b.Fatal(err)
			}
			path := entryFile(b, s)
			ctx := context.Background()
			var get, read time.Duration
			var sum uint32
			b.SetBytes(int64(size))
			for b.Loop() {
				start := time.Now()
				_, err := s.Get(ctx, "k")
				mid := time.Now()
				data, errRead := os.ReadFile(path)
				sum += crc32.Checksum(data, castagnoli)
				end := time.Now()
				if err != nil || errRead != nil {
					b.Fatal(err, errRead)
				}
				get, read = get+mid.Sub(start), read+end.Sub(mid)
			}
			b.ReportMetric(float64(get.Nanoseconds())/float64(b.N), "get-ns/op")
			b.ReportMetric(float64(read.Nanoseconds())/float64(b.N), "readfile-ns/op")
			b.ReportMetric(float64(get)/float64(read), "get/readfile")
			_ = sum
		})
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entryFile is the one entry's file in a store.
func entryFile(t testing.TB, s *filebackend.Store) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Dir(), "v1", "*", "*.entry"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the entries' files: %v, %v", files, err)
	}
	return files[0]
}

func BenchmarkSet(b *testing.B) {
	for _, size := range []int{100, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := open(b, b.TempDir(), nil)
			e := backend.Entry{Value: make([]byte, size), Meta: make([]byte, 40), Created: time.Now()}
			i := 0
			for b.Loop() {
				if err := s.Set(context.Background(), fmt.Sprint(i%1000), e); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

func BenchmarkLockCommit(b *testing.B) {
	s := open(b, b.TempDir(), nil)
	ctx := context.Background()
	for b.Loop() {
		l, err := s.Lock(ctx, "k", time.Minute)
		if err == nil {
			err = l.Commit(ctx, backend.Entry{Value: []byte("v")})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSize is of 2,000 entries: of everything, and under a prefix while
// nothing changes, and while this process writes.
func BenchmarkSize(b *testing.B) {
	s := open(b, b.TempDir(), nil)
	ctx := context.Background()
	for i := range 2000 {
		if err := s.Set(ctx, fmt.Sprintf("a/%d", i), backend.Entry{}); err != nil {
			b.Fatal(err)
		}
	}
	for _, prefix := range []string{"", "a/"} {
		b.Run("of "+prefix, func(b *testing.B) {
			for b.Loop() {
				if u, err := s.Size(ctx, prefix); err != nil || u.Entries != 2000 {
					b.Fatal(u, err)
				}
			}
		})
	}
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for range s.List(ctx, "a/") {
				n++
			}
			if n != 2000 {
				b.Fatal(n)
			}
		}
	})
}
