package redisbackend

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// Lock takes the lease, joins the failure mark, or returns a HeldError.
func (b *Backend) Lock(ctx context.Context, key string, ttl time.Duration) (backend.Lease, error) {
	return b.acquire(ctx, key, ttl, "")
}

// TakeOver replaces the lease that h describes, or does what Lock does.
func (b *Backend) TakeOver(ctx context.Context, key string, h backend.Holder, ttl time.Duration) (backend.Lease, error) {
	over, err := hex.DecodeString(h.Token)
	if err != nil {
		over = nil // no lease of this package has such a token
	}
	return b.acquire(ctx, key, ttl, string(over))
}

// acquire replaces a standing lease only if its token is the one in over.
func (b *Backend) acquire(ctx context.Context, key string, ttl time.Duration, over string) (backend.Lease, error) {
	if ttl <= 0 {
		return nil, fmt.Errorf("redisbackend: a lease of %v: must be positive", ttl)
	}
	// The token is drawn here and not in the script, so that the client may try
	// again when it didn't hear whether it has the lease.
	var mine [16]byte
	_, _ = rand.Read(mine[:]) // never fails
	a, err := b.eval(ctx, lockScript, true, key, mine[:], micros(ttl), over)
	if err != nil {
		return nil, err
	}
	if a.code == held {
		return nil, b.held(a)
	}
	token, ok := a.string(0)
	if !ok {
		return nil, errors.New("redisbackend: a script returned no token")
	}
	return &lease{b, key, token}, nil
}

// held describes the lease of another one.
func (b *Backend) held(a answer) error {
	token, _ := a.string(0)
	local := b.now()
	apart := offset(a.now - local.UnixMicro())
	return &backend.HeldError{Holder: backend.Holder{
		Token: hex.EncodeToString([]byte(token)),
		Since: apart.local(a.number(1)), Expires: apart.local(a.number(2)), TakenOver: a.number(3) == 1,
	}}
}

// lease is held for as long as the record has its token.
type lease struct {
	b     *Backend
	key   string
	token string
}

// Commit stores the entry and ends the lease.
func (l *lease) Commit(ctx context.Context, e backend.Entry) error {
	if err := l.b.fits(ctx, e); err != nil {
		return err
	}
	_, err := l.b.eval(ctx, commitScript, false, l.key, l.token, pack(e))
	return err
}

// Fail makes a failure mark of the lease.
func (l *lease) Fail(ctx context.Context) error {
	_, err := l.b.eval(ctx, failScript, false, l.key, l.token)
	return err
}

// Release ends the lease unless others share it.
func (l *lease) Release(ctx context.Context) error {
	_, err := l.b.eval(ctx, releaseScript, false, l.key, l.token)
	if errors.Is(err, backend.ErrLeaseLost) {
		return nil
	}
	return err
}

// Extend makes the lease last for ttl from now.
func (l *lease) Extend(ctx context.Context, ttl time.Duration) error {
	_, err := l.b.eval(ctx, extendScript, false, l.key, l.token, micros(ttl))
	return err
}
