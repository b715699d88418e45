package killing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/cachier-go/cachier/backend"
)

// Writer is the role of the processes that are killed: [Trial.Write].
const Writer = "writer"

// writing is how many goroutines of each writer write.
const writing = 2

// Write does everything there is to do to the store that Open opens, until it is
// killed, or its parent is, or anything goes wrong.
func (tr Trial) Write(args []string) error {
	seed, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil {
		return err
	}
	b, err := tr.Open(args[1:])
	if err != nil {
		return err
	}
	Ready()
	errs := make(chan error)
	for g := range uint64(writing) {
		r := rand.New(rand.NewPCG(seed, g))
		go func() {
			for {
				if err := tr.anything(context.Background(), b, r); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		errs <- errors.Join(errors.New("alone"), err)
	}()
	return <-errs
}

// anything does one random thing to one random key.
func (tr Trial) anything(ctx context.Context, b backend.Locker, r *rand.Rand) error {
	key := tr.key(r)
	switch n := r.IntN(200); {
	case n < 60:
		return b.Set(ctx, key, Seal(r, key, tr.Size(r)))
	case n < 70:
		return b.Delete(ctx, key)
	case n < 120:
		return tr.compute(ctx, b, r, key)
	case n == 120:
		return backend.Clear(ctx, b, key)
	case n == 121:
		_, err := b.BreakLocks(ctx, key)
		return err
	case n == 122:
		_, err := backend.Cleanup(ctx, b, key)
		return err
	case n == 123:
		_, err := backend.Cleanup(ctx, b, "")
		return err
	}
	_, err := tr.look(ctx, b, key)
	return err
}

// compute takes the lease if it can, at times from another one, and ends it one
// way or another, or lets it run out.
func (tr Trial) compute(ctx context.Context, b backend.Locker, r *rand.Rand, key string) error {
	l, err := b.Lock(ctx, key, tr.Lease)
	if held, ok := errors.AsType[*backend.HeldError](err); ok && r.IntN(2) == 0 {
		l, err = b.TakeOver(ctx, key, held.Holder, tr.Lease)
	}
	if errors.Is(err, backend.ErrHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	switch r.IntN(6) {
	case 0:
		err = l.Fail(ctx)
	case 1:
		err = l.Extend(ctx, tr.Lease)
	default:
		err = l.Commit(ctx, Seal(r, key, tr.Size(r)))
	}
	if errors.Is(err, backend.ErrLeaseLost) {
		return nil
	}
	return err
}

// look reads a key and says whether anything is there, which has to be whole.
func (tr Trial) look(ctx context.Context, b backend.Backend, key string) (found bool, err error) {
	e, err := b.Get(ctx, key)
	if errors.Is(err, backend.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		err = Broken(key, e, tr.ClockError)
	}
	return true, err
}

func (tr Trial) key(r *rand.Rand) string { return name(r.IntN(tr.Keys)) }

func name(i int) string { return fmt.Sprintf("k/%d", i) }
