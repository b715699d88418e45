package demo

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/metrics"
)

// service is everything of the demo but its page and its words.
type service struct {
	registry *metrics.Registry
	start    time.Time
	list     []function

	dir      string
	places   places
	shop     *shop
	notes    *notes
	upstream *upstream
	edit     func(context.Context) // rewrites notes until the context ends
}

const noteCount = 300

// newService builds the sources and the functions over them. Nothing calls
// them yet.
func newService(ctx context.Context, given *location.Location) (*service, error) {
	s := &service{registry: metrics.NewRegistry(), start: time.Now()}
	if err := s.open(ctx, given); err != nil {
		return nil, errors.Join(err, s.close(ctx))
	}
	return s, nil
}

// open builds what close takes away, also where it fails on the way.
func (s *service) open(ctx context.Context, given *location.Location) (err error) {
	if s.dir, err = os.MkdirTemp("", "cachier-demo-"); err != nil {
		return err
	}
	if s.places, err = openPlaces(ctx, given, s.dir); err != nil {
		return err
	}
	if s.shop, err = openShop(ctx, s.dir); err != nil {
		return err
	}
	if s.notes, err = writeNotes(s.dir, noteCount); err != nil {
		return err
	}
	if s.upstream, err = startUpstream(); err != nil {
		return err
	}
	return s.functions(ctx)
}

// run lets everybody call until ctx ends, and returns when the last call has
// been answered.
func (s *service) run(ctx context.Context) {
	var all sync.WaitGroup
	for i := range s.list {
		all.Go(func() { s.list[i].load.run(ctx) })
	}
	all.Go(func() { s.edit(ctx) })
	all.Wait()
}

// publish has a fleet know what is counted, where results are kept in a place
// that was given, until ctx ends.
func (s *service) publish(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	if len(s.places.stores) != 1 {
		done <- nil
		return done
	}
	go func() {
		done <- fleet.Publish(ctx, s.places.stores[0].Backend, s.registry, &fleet.Options{Version: "demo"})
	}()
	return done
}

// close ends the functions first, because they use the sources.
func (s *service) close(ctx context.Context) error {
	var errs []error
	for _, f := range slices.Backward(s.list) {
		errs = append(errs, f.close(ctx))
	}
	errs = append(errs, s.places.close())
	if s.upstream != nil {
		errs = append(errs, s.upstream.close())
	}
	if s.shop != nil {
		errs = append(errs, s.shop.db.Close())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// total sums all functions, over a span up to now, or since the start.
func (s *service) total(span time.Duration) (sum metrics.Snapshot) {
	for _, f := range s.list {
		if span > 0 {
			sum = sum.Plus(f.recorder.Window(span))
		} else {
			sum = sum.Plus(f.recorder.Snapshot())
		}
	}
	return sum
}
