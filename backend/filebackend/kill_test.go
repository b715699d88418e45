package filebackend_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/filebackend"
)

// killsEnv is how many writers are killed; few in everyday tests.
const killsEnv = "CACHIER_TEST_KILLS"

// proof returns an entry whose every byte follows from its key and a number.
func proof(key string, n uint64) backend.Entry {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	seed := h.Sum64() ^ n*0x9e3779b97f4a7c15
	random := rand.New(rand.NewPCG(seed, n))
	b := make([]byte, random.IntN(20_000))
	if random.IntN(20) == 0 {
		b = make([]byte, 300_000)
	}
	for i := 0; i+8 <= len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], random.Uint64())
	}
	return backend.Entry{
		Value: b, Meta: binary.LittleEndian.AppendUint64(nil, n),
		Created: time.UnixMilli(int64(n % 1e12)), Cost: time.Duration(n % 1e9),
	}
}

// proven says whether an entry is one that was stored under the key.
func proven(key string, e backend.Entry) error {
	if len(e.Meta) != 8 {
		return fmt.Errorf("%d bytes of Meta", len(e.Meta))
	}
	want := proof(key, binary.LittleEndian.Uint64(e.Meta))
	if !bytes.Equal(e.Value, want.Value) || !e.Created.Equal(want.Created) || e.Cost != want.Cost {
		return fmt.Errorf("%d bytes, want %d others", len(e.Value), len(want.Value))
	}
	return nil
}

const proofKeys = 40

// writer does all that there is to do until it is killed.
func writer(t testing.TB, dir string) {
	seed, err := strconv.ParseUint(os.Getenv(seedEnv), 10, 64)
	must(t, err)
	s := open(t, dir, &filebackend.Options{MaxBytes: 4 << 20})
	for w := range uint64(2) {
		go func() {
			ctx, r := context.Background(), rand.New(rand.NewPCG(seed, w))
			for {
				if err := write(ctx, s, r); err != nil && !errors.Is(err, backend.ErrLeaseLost) {
					fmt.Fprintln(os.Stderr, "a writer:", err)
					os.Exit(1)
				}
			}
		}()
	}
	time.Sleep(time.Minute)
}

// write does one thing or another.
func write(ctx context.Context, s *filebackend.Store, r *rand.Rand) error {
	key := fmt.Sprintf("k/%d", r.IntN(proofKeys))
	e := proof(key, r.Uint64())
	switch n := r.IntN(100); {
	case n < 50:
		return s.Set(ctx, key, e)
	case n < 60:
		return s.Delete(ctx, key)
	case n < 62:
		return s.Clear(ctx, "k/1")
	case n < 63:
		_, err := s.BreakLocks(ctx, "k/2")
		return err
	case n < 64:
		_, err := s.Cleanup(ctx, "")
		return err
	case n < 70:
		got, err := s.Get(ctx, key)
		if err == nil {
			return proven(key, got)
		}
		if errors.Is(err, backend.ErrNotFound) {
			return nil
		}
		return err
	}
	l, err := s.Lock(ctx, key, 200*time.Millisecond)
	if held, ok := errors.AsType[*backend.HeldError](err); ok {
		l, err = s.TakeOver(ctx, key, held.Holder, 200*time.Millisecond)
	}
	switch {
	case errors.Is(err, backend.ErrHeld):
		return nil
	case err != nil:
		return err
	case r.IntN(10) == 0:
		return l.Fail(ctx)
	}
	return l.Commit(ctx, e)
}

// Several processes write while each is killed at some moment or other. No reader
// ever gets what was not stored, and nothing is left that hinders anybody.
func TestKills(t *testing.T) {
	kills, seed := 40, uint64(time.Now().UnixNano())
	if v := os.Getenv(killsEnv); v != "" {
		n, err := strconv.Atoi(v)
		must(t, err)
		kills = n
	}
	if v := os.Getenv(seedEnv); v != "" {
		n, err := strconv.ParseUint(v, 10, 64)
		must(t, err)
		seed = n
	}
	ctx, r := t.Context(), rand.New(rand.NewPCG(seed, 0))
	s := open(t, t.TempDir(), &filebackend.Options{MaxBytes: 4 << 20})

	start := func() *exec.Cmd {
		cmd := child(t, "writer", s.Dir(), seedEnv+"="+strconv.FormatUint(r.Uint64(), 10))
		must(t, cmd.Start())
		return cmd
	}
	var reads, hits atomic.Int64
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			key := fmt.Sprintf("k/%d", i%proofKeys)
			e, err := s.Get(ctx, key)
			reads.Add(1)
			switch {
			case errors.Is(err, backend.ErrNotFound):
				continue
			case err == nil:
				hits.Add(1)
				err = proven(key, e)
			}
			if err != nil {
				t.Errorf("read %d of %s: %v", i, key, err)
				return
			}
		}
	}()

	writers := []*exec.Cmd{start(), start(), start()}
	for range kills {
		time.Sleep(time.Duration(r.IntN(60_000)) * time.Microsecond)
		i := r.IntN(len(writers))
		killed(t, writers[i])
		writers[i] = start()
	}
	for _, w := range writers {
		killed(t, w)
	}
	close(done)
	<-stopped
	t.Logf("%d kills, seed %d: %d reads, %d of them hits", kills+len(writers), seed, reads.Load(), hits.Load())
	afterwards(t, s)
}

// killed kills a writer, which must not have ended by itself.
func killed(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); cmd.ProcessState.Exited() {
		t.Errorf("a writer ended by itself: %v", err)
	}
}

// afterwards looks at what the dead have left.
func afterwards(t *testing.T, s *filebackend.Store) {
	t.Helper()
	ctx := t.Context()
	listed := 0
	var bytes int64
	for info, err := range s.List(ctx, "") {
		must(t, err)
		listed++
		e, err := s.Get(ctx, info.Key)
		must(t, err)
		if err := proven(info.Key, e); err != nil {
			t.Errorf("%s: %v", info.Key, err)
		}
		file, err := os.Stat(s.EntryPath(info.Key))
		must(t, err)
		bytes += file.Size()
	}
	u, err := s.Size(ctx, "")
	must(t, err)
	if want := (backend.Usage{Entries: int64(listed), Bytes: bytes}); u != want {
		t.Errorf("Size says %+v, there is %+v", u, want)
	}
	time.Sleep(200*time.Millisecond + backend.FailureMark) // leases run out
	for i := range proofKeys {
		key := fmt.Sprintf("k/%d", i)
		l, err := s.Lock(ctx, key, time.Minute)
		if err != nil {
			t.Errorf("Lock of %s: %v", key, err)
			continue
		}
		must(t, l.Commit(ctx, value("v")))
		must(t, s.Delete(ctx, key))
	}
	old := time.Now().Add(-2 * filebackend.Youngest)
	temps := left(t, s, "*.tmp")
	for _, path := range temps {
		must(t, os.Chtimes(path, old, old))
	}
	_, err = s.Cleanup(ctx, "")
	must(t, err)
	t.Logf("%d temporary files were left over", len(temps))
	for _, pattern := range []string{"*.tmp", "*.lease", "*.entry"} {
		if files := left(t, s, pattern); len(files) != 0 {
			t.Errorf("left over: %s", filepath.Base(files[0]))
		}
	}
}
