package mongobackend_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/mongobackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// A server that comes back has what it had, and one that is down is not one that
// has nothing.
func TestRestart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartMongo(t)
	b := over(t, collection(t, connect(t, server.URL)))
	must(t, b.Set(ctx, "k", backend.Entry{Value: []byte("v")}))
	l, err := b.Lock(ctx, "leased", time.Hour)
	must(t, err)
	server.Kill()
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	if _, err := b.Get(short, "k"); err == nil || errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get from a dead server: %v", err)
	}
	server.Restart(t)
	testserver.Eventually(t, "the client finds the server again", func() error { return second(b.Get(ctx, "k")) })
	if e, err := b.Get(ctx, "k"); string(e.Value) != "v" || err != nil {
		t.Errorf("Get: %q, %v", e.Value, err)
	}
	must(t, l.Commit(ctx, backend.Entry{}))
}

// A server that hangs holds nobody up for longer than the context.
func TestHangs(t *testing.T) {
	t.Parallel()
	server := testserver.StartMongo(t)
	b := over(t, collection(t, connect(t, server.URL)))
	must(t, b.Set(t.Context(), "k", backend.Entry{Value: []byte("old")}))
	l, err := b.Lock(t.Context(), "leased", time.Hour)
	must(t, err)
	server.Freeze(t)
	start := time.Now()
	for op, run := range map[string]func(ctx context.Context) error{
		"Get":    func(ctx context.Context) error { return second(b.Get(ctx, "k")) },
		"Set":    func(ctx context.Context) error { return b.Set(ctx, "k", backend.Entry{Value: []byte("late")}) },
		"Lock":   func(ctx context.Context) error { return second(b.Lock(ctx, "other", time.Minute)) },
		"Commit": func(ctx context.Context) error { return l.Commit(ctx, backend.Entry{}) },
		"Delete": func(ctx context.Context) error { return b.Delete(ctx, "other") },
		"List": func(ctx context.Context) error {
			for _, err := range b.List(ctx, "") {
				return err
			}
			return nil
		},
	} {
		for end, with := range map[error]func(context.Context) (context.Context, context.CancelFunc){
			context.DeadlineExceeded: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 100*time.Millisecond)
			},
			context.Canceled: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(100*time.Millisecond, cancel)
				return ctx, cancel
			},
		} {
			ctx, cancel := with(t.Context())
			if err := run(ctx); !errors.Is(err, end) {
				t.Errorf("%s: %v, want %v", op, err, end)
			}
			cancel()
		}
	}
	if took := time.Since(start); took > 12*time.Second {
		t.Errorf("twelve calls of 100 ms took %v", took)
	}
	server.Thaw(t)
	testserver.Eventually(t, "the server goes on", func() error { return b.Set(t.Context(), "k", backend.Entry{Value: []byte("new")}) })
}

// What a server says is told by its codes, and shows neither keys nor values.
func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	client := connect(t, serverURL(t))
	b := over(t, client.Database("cachier_test").Collection("$wrong"))
	for op, err := range map[string]error{
		"Get":    second(b.Get(ctx, "personal")),
		"Set":    b.Set(ctx, "personal", backend.Entry{Value: []byte("private")}),
		"Delete": b.Delete(ctx, "personal"),
		"Lock":   second(b.Lock(ctx, "personal", time.Minute)),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "mongobackend: the server says ") || strings.Contains(err.Error(), "$wrong") {
			t.Errorf("%s: %v", op, err)
		}
		var said mongo.ServerError
		if !errors.As(err, &said) {
			t.Errorf("%s: the client's error is lost: %v", op, err)
		}
	}
}

// What is as large as it may be leaves room for the names of a document, and for
// a lease.
func TestRoomInADocument(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("k", backend.MaxKeyLen)
	e := backend.Entry{Created: time.Now(), Expires: time.Now(), Cost: time.Second, Meta: make([]byte, 100)}
	e.Value = make([]byte, 16<<20-1<<10-len(key)-len(e.Meta))
	raw, err := bson.Marshal(mongobackend.Document(key, e))
	must(t, err)
	if len(raw) > 16<<20 {
		t.Errorf("the document has %d bytes more than it may", len(raw)-16<<20)
	}
}

// Another one makes the document between our look and our change, again and
// again: one after the other gets its turn.
func TestContention(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := collection(t, connect(t, serverURL(t)))
	errs := make(chan error, 8)
	for range cap(errs) {
		b := over(t, c)
		go func() {
			errs <- func() error {
				for range 10 {
					if err := b.Set(ctx, "k", backend.Entry{}); err != nil {
						return err
					}
					if err := b.Delete(ctx, "k"); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
