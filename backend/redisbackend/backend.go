package redisbackend

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
)

var _ interface {
	backend.Locker
	backend.Watcher
	backend.Identifier
	backend.Sizer
	backend.Clearer
	backend.Cleaner
	backend.BatchGetter
	backend.Prober
} = (*Backend)(nil)

// Backend keeps entries in Redis. Use [New] to make one.
type Backend struct {
	client  redis.UniversalClient
	cluster cluster // nil: there is one server
	prefix  string
	limit   int64
	quiet   bool
	mistake error // the error of every method, if New was given what can't work

	now func() time.Time // the local clock

	closing chan struct{} // closed by Close
	closed  atomic.Bool

	clock  clock    // of the one server
	clocks sync.Map // of the servers of a Cluster: their addresses to *clock
	haste  haste
	crowds sync.Map // of those who Get: the server's client to *gather.Group

	identity atomic.Pointer[string] // nil until it was read
	hub      hub
	counts   counts
}

// New returns a backend over the client, which stays the caller's: Close
// doesn't close it. Nothing is asked of the server before the first use, so
// that the program starts without it. A nil o means the defaults.
//
// A client that can't work, because it is nil, a [redis.Ring] or one that reads
// from replicas, is an error of every method. Hooks belong to the client before
// the backend is first used; some calls pass by those that are added later.
func New(client redis.UniversalClient, o *Options) *Backend {
	options := o.resolve()
	b := &Backend{
		client: client, prefix: options.Prefix, limit: options.MaxEntrySize, quiet: options.Quiet,
		mistake: suits(client), now: time.Now, closing: make(chan struct{}),
	}
	b.cluster, _ = client.(cluster)
	b.hub.b = b
	return b
}

// suits says what is wrong with a client.
func suits(client redis.UniversalClient) error {
	switch c := client.(type) {
	case nil:
		return errors.New("redisbackend: the client is nil")
	case *redis.Ring:
		return errors.New("redisbackend: a redis.Ring is not supported: its servers know nothing of each other")
	case *redis.ClusterClient:
		if c.Options().ReadOnly {
			return errors.New("redisbackend: the client reads from replicas, which may still have what was deleted: set neither ReadOnly nor Route options")
		}
	}
	return nil
}

// Set stores the entry and breaks a lease on the key.
func (b *Backend) Set(ctx context.Context, key string, e backend.Entry) error {
	if err := b.fits(ctx, e); err != nil {
		return err
	}
	_, err := b.eval(ctx, setScript, true, key, pack(e))
	return err
}

// fits says whether an entry isn't too large.
func (b *Backend) fits(ctx context.Context, e backend.Entry) error {
	if err := b.usable(ctx); err != nil {
		return err
	}
	if int64(len(e.Value))+int64(len(e.Meta)) > b.limit {
		return backend.ErrTooLarge
	}
	return nil
}

// Delete removes the entry and breaks a lease on the key.
func (b *Backend) Delete(ctx context.Context, key string) error {
	_, err := b.eval(ctx, deleteScript, false, key)
	return err
}

// Close ends the watches and leaves the client alone.
func (b *Backend) Close() error {
	if !b.closed.Swap(true) {
		close(b.closing)
		b.hub.close()
	}
	return nil
}
