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
func (all *flightShards[V]) invalidate(ctx context.Context, key string) (end func(), alone func() bool, err error) {
	hash := keyform.StableHash(key)
	fs := all.of(hash)
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
func (all *flightShards[V]) invalidateAll(ctx context.Context) (end func(), err error) {
	var storing []*flight[V]
	for i := range all {
		storing = append(storing, all[i].clear()...)
	}
	end = func() {
		for i := range all {
			all[i].cleared()
		}
	}
	for _, f := range storing {
		if err = f.wait(ctx); err != nil {
			break
		}
	}
	return end, err
}

// clear begins an invalidation of every key of the shard, and returns the
// flights whose values are being stored.
func (fs *flights[V]) clear() (storing []*flight[V]) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.clearing++
	for f := range fs.all {
		f.superseded, f.outdated = true, true
	}
	return slices.Collect(maps.Values(fs.storing))
}

// cleared ends what clear has begun.
func (fs *flights[V]) cleared() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i := range fs.versions {
		fs.versions[i].Add(1)
	}
	fs.clearing--
}
