package redisbackend

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/cachier-go/cachier/backend"
)

// channel is where changes are published: one channel, which is subscribed to
// only while somebody watches. It is empty where nothing is published.
func (b *Backend) channel() string {
	if b.quiet {
		return ""
	}
	return b.prefix + "events"
}

// A message is a letter, as the scripts write it, and the key as Redis has it.
const (
	storedLetter   = "s"
	deletedLetter  = "d"
	releasedLetter = "r"
	clearedLetter  = "c"
)

// tell publishes an event where no script does.
func (b *Backend) tell(ctx context.Context, letter, key string) error {
	if b.quiet {
		return b.usable(ctx)
	}
	_, err := run(ctx, b, func() (int64, error) {
		// Who may not publish may still clear: the event is a favour.
		_ = b.client.Publish(ctx, b.channel(), letter+b.prefix+key).Err()
		return 0, nil
	})
	return err
}

// parse reads a message.
func (b *Backend) parse(message string) (backend.Event, bool) {
	if message == "" {
		return backend.Event{}, false
	}
	key, ours := strings.CutPrefix(message[1:], b.prefix)
	kind, known := map[string]backend.EventKind{
		storedLetter: backend.EventStored, deletedLetter: backend.EventDeleted,
		releasedLetter: backend.EventReleased, clearedLetter: backend.EventCleared,
	}[message[:1]]
	return backend.Event{Kind: kind, Key: key}, ours && known
}

// Watch yields what happens under the prefix as soon as the server has
// published it. All watches share one connection. While the server can't be
// reached nothing is told; a gap is once it can.
func (b *Backend) Watch(ctx context.Context, prefix string) iter.Seq2[backend.Event, error] {
	return func(yield func(backend.Event, error) bool) {
		err := b.usable(ctx)
		if err == nil && b.quiet {
			err = fmt.Errorf("redisbackend: Options.Quiet: %w", errors.ErrUnsupported)
		}
		var w *watcher
		if err == nil {
			w, err = b.hub.add(prefix)
		}
		if err != nil {
			yield(backend.Event{}, err)
			return
		}
		defer b.hub.drop(w)
		for {
			select {
			case <-ctx.Done():
				yield(backend.Event{}, ctx.Err())
				return
			case <-b.closing:
				yield(backend.Event{}, backend.ErrClosed)
				return
			case <-w.wake:
			}
			events, err := b.hub.take(w)
			for _, ev := range events {
				if !yield(ev, nil) {
					return
				}
			}
			if err != nil {
				yield(backend.Event{}, err)
				return
			}
		}
	}
}
