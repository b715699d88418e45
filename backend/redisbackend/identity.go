package redisbackend

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
)

// identityTimeout bounds how long Identity waits for a server that doesn't
// answer.
const identityTimeout = 5 * time.Second

// identityMark begins what is stored under the prefix alone, which is no entry:
// a key is not empty.
const identityMark = "cch\x01identity "

// Kind returns "redis".
func (b *Backend) Kind() string { return "redis" }

// Identity returns what was drawn at random when it was first asked for and is
// stored under the prefix since, so that it is the same by whatever address the
// server is reached and after a failover, and holds nothing secret. The first
// call asks the server. As long as that can't be reached, or something else is
// stored there, it is empty: not known. Whoever asks for the first time after
// the database was flushed gets another one.
func (b *Backend) Identity() string {
	if id := b.identity.Load(); id != nil {
		return *id
	}
	ctx, cancel := context.WithTimeout(context.Background(), identityTimeout)
	defer cancel()
	text, err := run(ctx, b, func() (string, error) {
		if err := b.client.SetNX(ctx, b.prefix, identityMark+rand.Text(), 0).Err(); err != nil {
			return "", err
		}
		return b.client.Get(ctx, b.prefix).Result()
	})
	drawn, ours := strings.CutPrefix(text, identityMark)
	if err != nil || !ours {
		return ""
	}
	id := "redis:" + drawn
	b.identity.CompareAndSwap(nil, &id)
	return *b.identity.Load()
}
