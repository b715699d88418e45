package filebackend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
	"github.com/cachier-go/cachier/internal/killing"
)

// hold takes a lease, says so, and waits to be killed.
func hold(args []string) error {
	s, err := filebackend.New(args[0], nil)
	if err != nil {
		return err
	}
	if err := s.Set(context.Background(), "from the child", value("v")); err != nil {
		return err
	}
	if _, err := s.Lock(context.Background(), "k", 500*time.Millisecond); err != nil {
		return err
	}
	killing.Ready()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// A holder that is killed delays the others until its lease runs out, and no
// longer; they see what it stored.
func TestAKilledHolder(t *testing.T) {
	ctx := t.Context()
	s := open(t, t.TempDir(), nil)
	holder := killing.Start(t, "holder", s.Dir())
	_, err := s.Lock(ctx, "k", time.Minute)
	held, ok := errors.AsType[*backend.HeldError](err)
	if !ok && !errors.Is(err, nil) {
		t.Fatalf("Lock: %v", err)
	}
	holder.Kill(t)
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

// coldKey is one of four processes whose goroutines all want the same thing, once
// its input ends. It prints a line for each computation.
func coldKey(args []string) error {
	s, err := filebackend.New(args[0], nil)
	if err != nil {
		return err
	}
	killing.Ready()
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	ctx, key := context.Background(), "cold"
	errs := make([]error, 10)
	var wg sync.WaitGroup
	for i := range errs {
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
				errs[i] = l.Commit(ctx, value("v"))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// The leases are exclusive between processes: what four of them want is computed
// once.
func TestOneOfManyProcessesComputes(t *testing.T) {
	dir := t.TempDir()
	var all []*killing.Process
	for range 4 {
		all = append(all, killing.Start(t, "computer", dir))
	}
	for _, p := range all {
		must(t, p.In.Close())
	}
	computed := 0
	for _, p := range all {
		computed += strings.Count(p.Finish(t), "computed")
	}
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
	holder := killing.Start(t, "holder", s.Dir())
	ev := <-told
	if ev != (backend.Event{Kind: backend.EventStored, Key: "from the child"}) && ev.Kind != backend.EventGap {
		t.Errorf("told of %v", ev)
	}
	holds(t, s, "from the child", "v")
	holder.Kill(t)
	must(t, s.Close())
	for range told {
	}
}
