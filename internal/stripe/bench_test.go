package stripe_test

import (
	"testing"

	"github.com/cachier-go/cachier/internal/stripe"
)

// BenchmarkEvent is what counting adds to an event, by how it samples.
func BenchmarkEvent(b *testing.B) {
	for _, c := range []struct {
		name   string
		config stripe.Config
	}{
		{"automatic", stripe.Config{Rate: -1}},
		{"automatic with clock", stripe.Config{Rate: -1, Clock: true}},
		{"none", stripe.Config{}},
		{"one percent", stripe.Config{Rate: 0.01}},
		{"all", stripe.Config{Rate: 1}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := stripe.New(c.config)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					event(s)
				}
			})
		})
	}
}

func BenchmarkSum(b *testing.B) {
	s := stripe.New(stripe.Config{Rate: -1})
	s.Grow()
	for b.Loop() {
		s.Sum()
	}
}
