package s3backend

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// heeded makes sure, once, that the server heeds the conditions of writes: one
// that ignores them would give everybody the lease. It costs four requests.
func (l *Locker) heeded(ctx context.Context) error {
	if l.checked.Load() {
		return l.usable(ctx)
	}
	name := "conditions-" + rand.Text()
	object := l.prefix + name
	etag, err := l.store(ctx, object, []byte(name), absent)
	if err != nil {
		return err
	}
	_, again := l.store(ctx, object, []byte(name+"2"), absent)
	_, other := l.store(ctx, object, []byte(name+"3"), condition(`"00000000000000000000000000000000"`))
	_, same := l.store(ctx, object, []byte(name+"4"), condition(etag))
	if err := l.removeObject(ctx, object, ""); err != nil {
		return err
	}
	switch {
	case errors.Is(again, errChanged) && errors.Is(other, errChanged) && same == nil:
		l.checked.Store(true)
		return nil
	case again == nil || other == nil:
		return fmt.Errorf("s3backend: the server doesn't heed If-None-Match and If-Match, which leases need: %w", errors.ErrUnsupported)
	}
	return errors.Join(again, other, same)
}
