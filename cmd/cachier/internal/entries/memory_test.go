package entries_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/cmd/cachier/internal/entries"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

const memory = 64 << 20

// heap returns what the Go heap has taken, garbage included.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() + s[1].Value.Uint64()
}

// peak runs f and returns the most that the heap took meanwhile.
func peak(f func()) (most uint64) {
	runtime.GC()
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			most = max(most, heap())
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

// Listing, sizing, collecting and clearing 100,000 entries needs little memory.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("stores 100,000 entries twice")
	}
	for _, scheme := range []location.Scheme{location.File, location.SQLite} {
		t.Run(string(scheme), func(t *testing.T) {
			s := open(t, scheme)
			populate(t, s.Backend)
			ctx := context.Background()
			var u *entries.Usage
			for _, step := range []struct {
				name string
				do   func() (int64, error)
				want int64
			}{
				{"ls", func() (n int64, err error) {
					table := entries.NewTable(io.Discard, time.Now())
					var r entries.Reading
					for e, err := range entries.Each(ctx, s, entries.Filter{}, &r, nil) {
						if err == nil {
							err = table.Add(e)
						}
						if err != nil {
							return n, err
						}
						n++
					}
					return n, table.Close()
				}, many},
				{"gc", func() (int64, error) {
					done, err := entries.Collect(ctx, s, nil)
					return done.Entries, err
				}, many / 2},
				{"size", func() (n int64, err error) {
					if u, err = entries.Measure(ctx, s, entries.Filter{}, nil); err != nil {
						return 0, err
					}
					return u.Total.Entries, nil
				}, many / 2},
				{"clear", func() (int64, error) {
					done, err := entries.Clear(ctx, s, u.Functions, func(int64) {})
					return done.Entries, err
				}, many / 2},
			} {
				start := time.Now()
				var n int64
				var err error
				most := peak(func() { n, err = step.do() })
				t.Logf("%s: %d entries, %d KiB of heap, %v", step.name, n, most>>10, time.Since(start).Round(time.Millisecond))
				if err != nil || n != step.want || most >= memory {
					t.Errorf("%s: %d entries, want %d; %d bytes of heap, want less than %d; %v", step.name, n, step.want, most, memory, err)
				}
			}
			for info, err := range s.Backend.List(ctx, "") {
				t.Fatal(info, err)
			}
		})
	}
}

// populate stores entries of ten functions; every other one has expired.
func populate(t *testing.T, b backend.Backend) {
	t.Helper()
	now := time.Now()
	value := make([]byte, 64)
	var writers sync.WaitGroup
	errs := make(chan error, 8)
	for w := range 8 {
		writers.Go(func() {
			for i := w; i < many; i += 8 {
				e := backend.Entry{Value: value, Created: now.Add(-time.Hour)}
				if i%2 == 0 {
					e.Expires = now.Add(-time.Minute)
				}
				if err := b.Set(context.Background(), key(fmt.Sprint("f", i%10), i), e); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	writers.Wait()
	select {
	case err := <-errs:
		t.Fatal(err)
	default:
	}
}
