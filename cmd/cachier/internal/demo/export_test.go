package demo

import (
	"context"
	"net/http"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

// Service is the demo's service, for a look at its parts.
type Service struct{ *service }

// NewService builds a service that nobody calls yet.
func NewService(ctx context.Context, given *location.Location) (Service, error) {
	s, err := newService(ctx, given)
	return Service{s}, err
}

func (s Service) Handler() http.Handler                     { return s.handler() }
func (s Service) Close(ctx context.Context) error           { return s.close(ctx) }
func (s Service) Dir() string                               { return s.dir }
func (s Service) Functions() int                            { return len(s.list) }
func (s Service) Key(f int, at time.Duration, rank int) int { return s.list[f].load.key(at, rank) }
func (s Service) Keys(f int) int                            { return s.list[f].load.keys }
func (s Service) Level(f int, at time.Duration) float64     { return s.list[f].load.level(at) }
func (s Service) Rate(f int) float64                        { return s.list[f].load.rate }

// Call calls function f with a key, as the load does.
func (s Service) Call(ctx context.Context, f, key int) { s.list[f].load.call(ctx, key) }
