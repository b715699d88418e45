package killing

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// Trial is what one store says of how its writers are killed. It is the same in
// the test and in the writers.
type Trial struct {
	// Open opens the store in a writer, which never closes it. It gets the
	// arguments that Kill got.
	Open func(args []string) (backend.Locker, error)

	Writers    int                    // so many write at once
	Kills      int                    // so many are killed and replaced, unless CACHIER_TEST_KILLS says it
	Early      int                    // so many in ten may die while they open the store; the others are waited for
	Pause      time.Duration          // the longest time between two kills
	Keys       int                    // so many keys are written to
	Lease      time.Duration          // how long leases last that nobody ends
	Size       func(r *rand.Rand) int // how large a value is, in bytes
	ClockError time.Duration          // by how much times may be off; 0: they come back as they were
}

// Kill kills writers of the store, which b has open too, while it reads. It
// returns when the leases of the dead have run out, and what they have stored has
// been looked at.
func (tr Trial) Kill(t *testing.T, b backend.Locker, args ...string) {
	t.Helper()
	kills := number(t, "CACHIER_TEST_KILLS", uint64(tr.Kills))
	seed := number(t, "CACHIER_TEST_SEED", rand.Uint64())
	t.Logf("CACHIER_TEST_KILLS=%d CACHIER_TEST_SEED=%d", kills, seed)
	r := rand.New(rand.NewPCG(seed, 99))
	stop := tr.read(t, b)
	writers := make([]*Process, tr.Writers)
	for i := range writers {
		writers[i] = tr.begin(t, r, args)
	}
	for range kills {
		time.Sleep(time.Duration(r.Int64N(int64(tr.Pause))))
		i := r.IntN(len(writers))
		writers[i].Kill(t)
		writers[i] = tr.begin(t, r, args)
	}
	for _, w := range writers {
		w.Kill(t)
	}
	stop()
	t.Logf("%d were killed", kills+uint64(len(writers)))
	// A server may still be at what the last of the dead have asked for.
	time.Sleep(tr.Lease + backend.FailureMark)
	tr.survey(t, b)
}

// begin starts a writer, and waits until it is at work unless it may die early.
func (tr Trial) begin(t *testing.T, r *rand.Rand, args []string) *Process {
	t.Helper()
	p := Command(t, Writer, append([]string{strconv.FormatUint(r.Uint64(), 10)}, args...)...)
	p.start(t)
	if r.IntN(10) >= tr.Early {
		p.await(t)
	}
	return p
}

// read reads on and on, and lists now and then, until it is stopped.
func (tr Trial) read(t *testing.T, b backend.Backend) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var reader sync.WaitGroup
	reads, hits := 0, 0
	reader.Go(func() {
		for r := rand.New(rand.NewPCG(1, 2)); ctx.Err() == nil; reads++ {
			found, err := tr.look(ctx, b, tr.key(r))
			if err != nil && ctx.Err() == nil {
				t.Errorf("read %d: %v", reads, err)
				return
			}
			if found {
				hits++
			}
			if reads%100 != 0 {
				continue
			}
			for _, err := range b.List(ctx, "") {
				if err != nil && ctx.Err() == nil {
					t.Errorf("listing: %v", err)
				}
			}
		}
	})
	return func() {
		cancel()
		reader.Wait()
		t.Logf("%d reads, %d of them hits", reads, hits)
	}
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
