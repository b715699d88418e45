package s3backend

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier/backend"
)

var _ interface {
	backend.Backend
	backend.Identifier
	backend.CostlySizer
	backend.Clearer
	backend.Cleaner
	backend.BatchGetter
	backend.Prober
} = (*Backend)(nil)

// Backend keeps entries in a bucket. Use [New] to make one, or [NewLocker] where
// processes are to wait for each other's results.
type Backend struct {
	client   Client
	bucket   string
	prefix   string
	place    string // the prefix and the layout
	limit    int64
	parallel int
	leases   bool  // a lease may stand on any key: it is broken by writing
	mistake  error // the error of every method, if New was given what can't work

	now func() time.Time // the local clock

	closed   atomic.Bool
	oneByOne atomic.Bool // the server can't delete many objects at once

	clock  clock
	counts counts
}

// New returns a backend over the bucket, which must be there. The client stays
// the caller's. Nothing is asked of the server before the first use, so that
// the program starts without it. A nil o means the defaults. What can't work,
// such as a nil client, an empty bucket or a wrong option, is an error of every
// method; [Backend.Check] tells before the first use.
//
// The backend is no [backend.Locker]: each process computes what it misses. All
// processes that share entries should use New, or all [NewLocker].
func New(client Client, bucket string, o *Options) *Backend {
	options, mistake := o.resolve()
	if c, ok := client.(*s3.Client); client == nil || ok && c == nil {
		mistake = errors.New("s3backend: the client is nil")
	} else if bucket == "" {
		mistake = errors.New("s3backend: the name of the bucket is empty")
	}
	return &Backend{
		client: client, bucket: bucket, prefix: options.Prefix, place: options.Prefix + layout,
		limit: options.MaxEntrySize, parallel: options.Parallel, mistake: mistake, now: time.Now,
	}
}

// usable returns why nothing must be done, if so.
func (b *Backend) usable(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case b.mistake != nil:
		return b.mistake
	case b.closed.Load():
		return backend.ErrClosed
	}
	return nil
}

// Check asks the server whether the bucket is there and may be listed, and says
// what is wrong otherwise: the options, the endpoint, the region, the
// credentials, the bucket. It costs one listing.
func (b *Backend) Check(ctx context.Context) error {
	_, err := b.page(ctx, "", nil, 1)
	return b.diagnose(ctx, err)
}

// Get returns the entry by one GET, also one that is past its Expires and not
// yet cleaned up.
func (b *Backend) Get(ctx context.Context, key string) (backend.Entry, error) {
	s, err := b.read(ctx, key, 0)
	switch {
	case err != nil:
		return backend.Entry{}, err
	case !s.entry:
		return backend.Entry{}, backend.ErrNotFound
	}
	apart, _ := b.clock.offset()
	return s.got(apart), nil
}

// Set stores the entry by one PUT, which breaks a lease on the key.
func (b *Backend) Set(ctx context.Context, key string, e backend.Entry) error {
	if err := b.fits(ctx, e); err != nil {
		return err
	}
	apart, err := b.apart(ctx, key)
	if err != nil {
		return err
	}
	s := state{key: key}
	s.put(e, apart)
	_, err = b.write(ctx, &s, always)
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

// Delete removes the entry, and breaks a lease on the key. Where there may be
// leases it looks for one first.
func (b *Backend) Delete(ctx context.Context, key string) error {
	if b.leases {
		switch o, err := b.peek(ctx, key); {
		case errors.Is(err, backend.ErrNotFound):
			return nil
		case err != nil && !errors.Is(err, backend.ErrCorrupt):
			return err
		case classOf(o.length).record():
			return b.erase(ctx, key)
		}
	}
	return b.remove(ctx, nameOf(key), "")
}

// erase leaves nothing under the key, by writing that. A write that is bound to
// a condition fails after it, on every server that compares and writes in one
// step; that a server does so with what is deleted is less sure.
func (b *Backend) erase(ctx context.Context, key string) error {
	_, err := b.write(ctx, &state{key: key}, always)
	return err
}

// Close leaves the client alone.
func (b *Backend) Close() error {
	b.closed.Store(true)
	return nil
}
