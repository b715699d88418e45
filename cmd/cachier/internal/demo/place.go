package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
	"github.com/cachier-go/cachier/internal/keyform"
)

// namespace keeps the demo's entries apart from others in a store that is given.
const namespace = "cachier-demo"

// place is where functions keep their results. The zero value is the memory of
// the process.
type place struct{ store *location.Store }

// places are where each kind of function keeps its results.
type places struct {
	memory, file, sqlite place
	tiles                []place // the function that is shown on each
	stores               []*location.Store
}

// openPlaces opens what is given for all functions, or one of each kind in dir.
func openPlaces(ctx context.Context, given *location.Location, dir string) (p places, err error) {
	open := func(l location.Location) (place, error) {
		s, err := l.Create(ctx)
		if err != nil {
			return place{}, err
		}
		p.stores = append(p.stores, s)
		return place{s}, nil
	}
	switch {
	case given == nil:
		if p.file, err = open(location.Location{Scheme: location.File, Path: filepath.Join(dir, "cache")}); err != nil {
			return p, err
		}
		p.sqlite, err = open(location.Location{Scheme: location.SQLite, Path: filepath.Join(dir, "cache.sqlite")})
		p.tiles = []place{p.memory, p.file, p.sqlite}
	case given.Scheme == location.Memory:
		p.tiles = []place{{}}
	default:
		p.memory, err = open(*given)
		p.file, p.sqlite, p.tiles = p.memory, p.memory, []place{p.memory}
	}
	return p, err
}

func (p places) close() error {
	var errs []error
	for _, s := range p.stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// options are those of a function that keeps its results here; in memory, with
// those that bound it.
func (p place) options(bounds ...cachier.Option) []cachier.Option {
	if p.store == nil {
		return bounds
	}
	return []cachier.Option{cachier.WithBackend(p.store.Backend), cachier.WithNamespace(namespace)}
}

// String names the kind of the place.
func (p place) String() string {
	if p.store == nil {
		return "memory"
	}
	return p.store.Location.Kind()
}

// otherwise is what is said of memory, or of any other place.
func (p place) otherwise(memory, other string) string {
	if p.store == nil {
		return memory
	}
	return other
}

// lookTime bounds how long a page waits for the size of a store.
const lookTime = 500 * time.Millisecond

// entries says how much a function has here, if it isn't memory.
func (p place) entries(ctx context.Context, name string) string {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	u, err := backend.Size(ctx, p.store.Backend, keyform.Prefix(namespace, name))
	if err != nil {
		return text.None
	}
	return fmt.Sprintf("%s, %s", text.Count(uint64(u.Entries)), text.Bytes(u.Bytes))
}

// where says where the results are.
func (o Options) where() string {
	switch {
	case o.Backend == nil:
		return "in memory, files and SQLite side by side; the files are removed at the end"
	case o.Backend.Scheme == location.Memory:
		return "in memory"
	}
	return "in " + o.Backend.String() + ", where they stay (cachier size, ls, clear)"
}
