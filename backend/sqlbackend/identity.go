package sqlbackend

import (
	"context"
	"time"
)

// identityTimeout bounds how long Identity waits for a database that doesn't
// answer.
const identityTimeout = 5 * time.Second

// Kind returns "sql".
func (b *Backend) Kind() string { return "sql" }

// Identity returns what was drawn at random when the tables were made, so that
// it is the same by whatever path the database is reached, and holds nothing of
// the data source name. The first call asks the database, and makes the tables
// if they aren't there yet. As long as the database can't be reached it is
// empty: not known.
func (b *Backend) Identity() string {
	s := b.schema.Load()
	if s == nil {
		ctx, cancel := context.WithTimeout(context.Background(), identityTimeout)
		defer cancel()
		if b.do(ctx, func() error { return nil }) != nil {
			return ""
		}
		s = b.schema.Load()
	}
	return "sql:" + s.identity
}
