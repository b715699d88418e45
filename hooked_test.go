package cachier_test

import (
	"context"
	"iter"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/membackend"
)

// hooked is a backend that can be made to be slow, or to fail. The hooks are
// told how many requests of their kind there were, this one included; an error
// is returned instead of doing anything. It has no leases.
type hooked struct {
	Store                  *membackend.Store
	onGet, onSet, onDelete func(ctx context.Context, n int) error
	afterGet               func(n int)
	gets, sets, deletes    atomic.Int32
}

func (h *hooked) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return h.Store.List(ctx, prefix)
}

func (h *hooked) Clear(ctx context.Context, prefix string) error { return h.Store.Clear(ctx, prefix) }
func (h *hooked) Identity() string                               { return h.Store.Identity() }
func (h *hooked) Kind() string                                   { return h.Store.Kind() }
func (h *hooked) Close() error                                   { return h.Store.Close() }

func hook(ctx context.Context, n int32, on func(context.Context, int) error) error {
	if on == nil {
		return nil
	}
	return on(ctx, int(n))
}

func (h *hooked) Get(ctx context.Context, key string) (backend.Entry, error) {
	n := h.gets.Add(1)
	if err := hook(ctx, n, h.onGet); err != nil {
		return backend.Entry{}, err
	}
	e, err := h.Store.Get(ctx, key)
	if h.afterGet != nil {
		h.afterGet(int(n))
	}
	return e, err
}

func (h *hooked) Set(ctx context.Context, key string, e backend.Entry) error {
	if err := hook(ctx, h.sets.Add(1), h.onSet); err != nil {
		return err
	}
	return h.Store.Set(ctx, key, e)
}

func (h *hooked) Delete(ctx context.Context, key string) error {
	if err := hook(ctx, h.deletes.Add(1), h.onDelete); err != nil {
		return err
	}
	return h.Store.Delete(ctx, key)
}

// child runs one test of this package in a process with other variables.
func child(t *testing.T, test string, variables ...string) {
	t.Helper()
	if isChild() {
		t.Skip("this is the child")
	}
	cmd := exec.Command(os.Args[0], "-test.run", test, "-test.count=1")
	cmd.Env = append(append(os.Environ(), "CACHIER_TEST_CHILD=1"), variables...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("with %v: %v\n%s", variables, err, out)
	}
}

// isChild reports whether this process was started by child.
func isChild() bool { return os.Getenv("CACHIER_TEST_CHILD") != "" }
