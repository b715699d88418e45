package backend

import (
	"context"
	"errors"
	"iter"
)

// EventKind says what happened to a key.
type EventKind uint8

// The kinds of an [Event].
const (
	// EventGap: from here on events are told, and any number before may have
	// been missed. A watcher takes nothing it knows for current.
	EventGap EventKind = iota
	// EventStored: an entry was stored, by Set or Commit.
	EventStored
	// EventDeleted: the entry was deleted.
	EventDeleted
	// EventCleared: all under the prefix that Key holds was deleted.
	EventCleared
	// EventReleased: a lease ended without a result: Fail, Release, a break.
	EventReleased
)

// String gives the word for the kind: gap, stored, deleted, cleared, released.
func (k EventKind) String() string {
	switch k {
	case EventGap:
		return "gap"
	case EventStored:
		return "stored"
	case EventDeleted:
		return "deleted"
	case EventCleared:
		return "cleared"
	case EventReleased:
		return "released"
	default:
		return "unknown"
	}
}

// Event is something that happened to a key.
type Event struct {
	Kind EventKind
	Key  string // empty for EventGap, a prefix for EventCleared
}

// Watcher is implemented by stores that can tell of results and invalidations
// as they happen, in every process that shares the store, this one included.
// Events shorten waiting and drop what is out of date in memory; nothing relies
// on them to be right, because any may be lost.
type Watcher interface {
	Backend

	// Watch yields the events under the literal prefix until ctx ends, the
	// backend is closed, or the loop stops. The first event is EventGap, yielded
	// once the subscription stands: what is stored after that is told or is
	// covered by another EventGap, which must follow each loss (a connection
	// that broke, a watcher too slow). Events of one key come in the order in
	// which they happened. There may be more than one for one change but never
	// one for several, because who has changed a key itself may pass over an
	// event of it; a store that only knows that a key has changed, and not how
	// often, tells it twice. A slow watcher must not delay the store, nor take
	// unbounded memory.
	//
	// An error is yielded with a zero Event and ends the sequence; the end of
	// ctx and ErrClosed are told so.
	Watch(ctx context.Context, prefix string) iter.Seq2[Event, error]
}

// Watch yields the events of b under the literal prefix, or only an error for
// which errors.Is(err, errors.ErrUnsupported) holds if b is no [Watcher].
func Watch(ctx context.Context, b Backend, prefix string) iter.Seq2[Event, error] {
	if w, ok := b.(Watcher); ok {
		return w.Watch(ctx, prefix)
	}
	return func(yield func(Event, error) bool) {
		yield(Event{}, errors.ErrUnsupported)
	}
}
