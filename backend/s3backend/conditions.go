package s3backend

import (
	"context"
	"errors"
	"fmt"
)

// marker is the name, under the prefix, of the object by which a server shows
// that it heeds conditions. It stays.
const marker = "conditions"

// heeded makes sure, once, that the server heeds the conditions of writes: one
// that ignores them would give everybody the lease. It costs two requests, and
// another one the first time ever.
func (l *Locker) heeded(ctx context.Context) error {
	if l.checked.Load() {
		return l.usable(ctx)
	}
	text := []byte("Made by cachier for Go, to see whether this server heeds If-Match and If-None-Match.\n")
	_, err := l.store(ctx, l.prefix+marker, text, absent)
	if err == nil { // the first time ever, or never heeded
		_, err = l.store(ctx, l.prefix+marker, text, absent)
	}
	if errors.Is(err, errChanged) {
		_, err = l.store(ctx, l.prefix+marker, text, condition(`"00000000000000000000000000000000"`))
	}
	switch {
	case errors.Is(err, errChanged):
		l.checked.Store(true)
		return nil
	case err == nil:
		return fmt.Errorf("s3backend: the server doesn't heed If-None-Match and If-Match, which leases need: %w", errors.ErrUnsupported)
	}
	return err
}
