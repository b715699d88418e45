package mongobackend

import (
	"context"
	"time"
)

// identityTimeout bounds how long Identity waits for a server that doesn't
// answer.
const identityTimeout = 5 * time.Second

// Kind returns "mongo".
func (b *Backend) Kind() string { return "mongo" }

// Identity returns what the server draws at random for every collection that it
// makes, so that it is the same by whatever address the server is reached and
// after a failover, and holds nothing secret. The first call asks the server,
// and makes the collection if it isn't there. As long as that can't be reached,
// and where it doesn't tell, it is empty: not known.
func (b *Backend) Identity() string {
	p := b.place.Load()
	if p == nil {
		ctx, cancel := context.WithTimeout(context.Background(), identityTimeout)
		defer cancel()
		if b.do(ctx, func(context.Context, offset) error { return nil }) != nil {
			return ""
		}
		p = b.place.Load()
	}
	if p.identity == "" {
		return ""
	}
	return "mongo:" + p.identity
}
