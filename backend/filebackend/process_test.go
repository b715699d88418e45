package filebackend_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// hold takes a lease, says so, and waits to be killed.
func hold(t testing.TB, dir string) {
	s := open(t, dir, nil)
	must(t, s.Set(context.Background(), "from the child", value("v")))
	_, err := s.Lock(context.Background(), "k", 500*time.Millisecond)
	must(t, err)
	fmt.Println("held")
	time.Sleep(time.Minute)
}

// A holder that is killed delays the others until its lease runs out, and no
// longer; they see what it stored.
func TestAKilledHolder(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	cmd := child(t, "hold", s.Dir())
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	defer func() { _ = cmd.Wait() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "held") {
		t.Fatalf("the child said %q, %v", line, err)
	}
	_, err = s.Lock(ctx, "k", time.Minute)
	held, ok := errors.AsType[*backend.HeldError](err)
	if !ok && !errors.Is(err, nil) {
		t.Fatalf("Lock: %v", err)
	}
	must(t, cmd.Process.Kill())
	holds(t, s, "from the child", "v")
	if !ok {
		return // a machine so slow that the lease has run out already
	}
	for {
		l, err := s.Lock(ctx, "k", time.Minute)
		if now := time.Now(); err == nil && now.Before(held.Holder.Expires) {
			t.Fatalf("the lease was free %v before its end", held.Holder.Expires.Sub(now))
		}
		if err == nil {
			must(t, l.Commit(ctx, value("by another")))
			break
		}
		wantErr(t, "Lock", err, backend.ErrHeld)
		time.Sleep(5 * time.Millisecond)
	}
	holds(t, s, "k", "by another")
}

// coldKey is one of four processes whose goroutines all want the same thing. It
// prints a line for each computation.
func coldKey(t testing.TB, dir string) {
	s := open(t, dir, nil)
	ctx, key := context.Background(), os.Getenv(seedEnv)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for {
				if _, err := s.Get(ctx, key); err == nil {
					return
				}
				l, err := s.Lock(ctx, key, time.Minute)
				if err != nil {
					time.Sleep(time.Millisecond)
					continue
				}
				if _, err := s.Get(ctx, key); err == nil {
					_ = l.Release(ctx)
					return
				}
				fmt.Println("computed")
				if err := l.Commit(ctx, value("v")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// The leases are exclusive between processes: what four of them want is computed
// once.
func TestOneOfManyProcessesComputes(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	computed := 0
	for range 4 {
		wg.Go(func() {
			out, err := child(t, "cold key", s.Dir(), seedEnv+"=1").Output()
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			computed += strings.Count(string(out), "computed")
		})
	}
	wg.Wait()
	if computed != 1 {
		t.Errorf("computed %d times, want once", computed)
	}
}

// What one process does, another one is told of.
func TestWatchingAnotherProcess(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	told := make(chan backend.Event, 100)
	go func() {
		defer close(told)
		for ev, err := range s.Watch(t.Context(), "from") {
			if err != nil {
				return
			}
			told <- ev
		}
	}()
	if ev := <-told; ev.Kind != backend.EventGap {
		t.Fatalf("the first event is %v", ev)
	}
	cmd := child(t, "hold", s.Dir())
	must(t, cmd.Start())
	ev := <-told
	if ev != (backend.Event{Kind: backend.EventStored, Key: "from the child"}) && ev.Kind != backend.EventGap {
		t.Errorf("told of %v", ev)
	}
	holds(t, s, "from the child", "v")
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	must(t, s.Close())
	for range told {
	}
}
