package sqlbackend_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// lockOut opens a file without a busy time-out, stores k, which
// expires at once, and keeps everybody
// else from it until the returned function is called.
func lockOut(t *testing.T, o *sqlbackend.Options) (b *sqlbackend.Backend, free func()) {
	t.Helper()
	file := "file:" + filepath.Join(t.TempDir(), "cache.db")
	b = over(t, open(t, file, 0), o)
	must(t, b.Set(t.Context(), "k", backend.Entry{Value: []byte("v"), Expires: time.Now()}))
	conn, err := open(t, file, 1).Conn(t.Context())
	must(t, err)
	_, err = conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
	must(t, err)
	return b, func() {
		_, err := conn.ExecContext(t.Context(), "COMMIT")
		must(t, err)
		must(t, conn.Close())
	}
}

func retries(t *testing.T, b *sqlbackend.Backend) float64 {
	t.Helper()
	readings, err := b.Probe(t.Context())
	must(t, err)
	for _, r := range readings {
		if r.Name == "busy_retries_total" {
			return r.Value
		}
	}
	t.Fatal("no busy_retries_total")
	return 0
}

// What finds the database locked is done once it is free.
func TestWaitingForTheLock(t *testing.T) {
	b, free := lockOut(t, &sqlbackend.Options{BusyTimeout: time.Hour})
	done := make(chan error, 2)
	go func() { _, err := b.Get(t.Context(), "k"); done <- err }()
	go func() { done <- b.Set(t.Context(), "new", backend.Entry{}) }()
	for retries(t, b) < 4 {
		time.Sleep(time.Millisecond)
	}
	free()
	must(t, <-done)
	must(t, <-done)
}

// What goes over many keys leaves none out because it had to wait.
func TestManyKeysAfterWaiting(t *testing.T) {
	for name, test := range map[string]func(b *sqlbackend.Backend) error{
		"clear": func(b *sqlbackend.Backend) error { return b.Clear(t.Context(), "") },
		"clean up": func(b *sqlbackend.Backend) error {
			n, err := b.Cleanup(t.Context(), "")
			if n != 1 {
				err = errors.Join(err, fmt.Errorf("%d were removed", n))
			}
			return err
		},
	} {
		b, free := lockOut(t, &sqlbackend.Options{BusyTimeout: time.Hour})
		done := make(chan error, 1)
		go func() { done <- test(b) }()
		for retries(t, b) < 2 {
			time.Sleep(time.Millisecond)
		}
		free()
		if err := <-done; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if u, err := b.Size(t.Context(), ""); err != nil || u.Entries != 0 {
			t.Errorf("%s left %+v, %v", name, u, err)
		}
	}
}

func TestGivingUp(t *testing.T) {
	b, _ := lockOut(t, &sqlbackend.Options{BusyTimeout: -1})
	for op, err := range everything(t.Context(), b) {
		if err == nil || errors.Is(err, backend.ErrNotFound) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// The end of the context, and Close, end all waiting.
func TestWaitingEnds(t *testing.T) {
	for name, end := range map[string]func(b *sqlbackend.Backend, cancel func()) error{
		"context": func(_ *sqlbackend.Backend, cancel func()) error { cancel(); return context.Canceled },
		"close":   func(b *sqlbackend.Backend, _ func()) error { _ = b.Close(); return backend.ErrClosed },
	} {
		b, _ := lockOut(t, &sqlbackend.Options{BusyTimeout: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 3)
		go func() { _, err := b.Get(ctx, "k"); done <- err }()
		go func() { done <- b.Set(ctx, "a", backend.Entry{}) }()
		go func() { _, err := b.Lock(ctx, "b", time.Minute); done <- err }()
		for retries(t, b) < 4 {
			time.Sleep(time.Millisecond)
		}
		want := end(b, cancel)
		for range 3 {
			if err := <-done; !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
		cancel()
	}
}

// The longest lease there can be doesn't end before it began.
func TestALongLease(t *testing.T) {
	b := over(t, open(t, ":memory:", 1), nil)
	l, err := b.Lock(t.Context(), "k", math.MaxInt64)
	must(t, err)
	must(t, l.Extend(t.Context(), math.MaxInt64))
	must(t, l.Commit(t.Context(), backend.Entry{}))
}

// A lease lasts for all of its time, also if taking it had to wait.
func TestALeaseBeginsWhenItIsTaken(t *testing.T) {
	b, free := lockOut(t, &sqlbackend.Options{BusyTimeout: time.Hour})
	const ttl = 400 * time.Millisecond
	taken := make(chan backend.Lease)
	go func() {
		l, err := b.Lock(t.Context(), "k", ttl)
		if err != nil {
			t.Error(err)
		}
		taken <- l
	}()
	time.Sleep(2 * ttl)
	freed := time.Now()
	free()
	<-taken
	_, err := b.Lock(t.Context(), "k", ttl)
	held, ok := errors.AsType[*backend.HeldError](err)
	if !ok && time.Since(freed) < ttl {
		t.Fatalf("the lease was over at once: %v", err)
	}
	if ok && held.Holder.Expires.Before(freed.Add(ttl-time.Millisecond)) {
		t.Errorf("the lease ends %v after it was taken, want %v", held.Holder.Expires.Sub(freed), ttl)
	}
}
