package cachier

import (
	"context"
	"maps"
	"slices"

	"github.com/cachier-go/cachier/internal/keyform"
)

// invalidate begins an invalidation of one key and returns what ends it, and
// what tells, until then, whether it was alone: whether no other one of the key
// was under way at any time since. After two at a time, nobody in this process
// knows which of them the store has seen last.
func (fs *flights[V]) invalidate(ctx context.Context, key string) (end func(), alone func() bool, err error) {
	hash := keyform.StableHash(key)
	fs.mu.Lock()
	seen := fs.version(hash)
	fs.invalidating[key]++
	if f := fs.newest[key]; f != nil {
		f.superseded, f.outdated = true, true
	}
	storing := fs.storing[key]
	fs.mu.Unlock()

	end = func() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		fs.changed(hash)
		if fs.invalidating[key]--; fs.invalidating[key] == 0 {
			delete(fs.invalidating, key)
		}
	}
	alone = func() bool {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		return fs.invalidating[key] == 1 && fs.clearing == 0 && fs.version(hash) == seen
	}
	if storing != nil {
		if err = storing.wait(ctx); err == nil {
			fs.mu.Lock()
			seen = fs.version(hash) // its landing was no invalidation
			fs.mu.Unlock()
		}
	}
	return end, alone, err
}

// invalidateAll begins an invalidation of every key and returns what ends it.
func (fs *flights[V]) invalidateAll(ctx context.Context) (end func(), err error) {
	fs.mu.Lock()
	fs.clearing++
	for f := range fs.all {
		f.superseded, f.outdated = true, true
	}
	storing := slices.Collect(maps.Values(fs.storing))
	fs.mu.Unlock()

	end = func() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		for hash := range uint64(shards) {
			fs.changed(hash)
		}
		fs.clearing--
	}
	for _, f := range storing {
		if err = f.wait(ctx); err != nil {
			break
		}
	}
	return end, err
}
