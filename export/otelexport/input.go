package otelexport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"

	"github.com/cachier-go/cachier/metrics"
)

// input is what a Producer or a Registration reads.
type input struct {
	source  metrics.Source
	options options
	labels  labels
	known   known
}

// newInput returns one for the function named who, and says what is wrong with
// it, if anything is.
func newInput(who string, source metrics.Source, opts []Option) (*input, error) {
	in := &input{source: source, labels: newLabels(), options: options{temporality: cumulative}}
	for _, option := range opts {
		option(&in.options)
	}
	recorder, ok := source.(*metrics.Recorder)
	switch {
	case source == nil:
		return nil, fmt.Errorf("otelexport: the source is nil: give %s a *metrics.Registry, such as metrics.Default(), "+
			"or the Metrics() of a function", who)
	case ok && recorder == nil:
		return nil, fmt.Errorf("otelexport: %w", metrics.ErrNoRecorder)
	case !in.options.temporality.valid():
		return nil, errors.New("otelexport: WithTemporality needs a selector that answers cumulative or delta, such as " +
			"the exporter's own")
	}
	return in, nil
}

// function is the snapshots that have the same attributes, added up.
type function struct {
	snapshot metrics.Snapshot
	common   []attribute.KeyValue
	id       attribute.Distinct // of common

	attributesOf
}

// functions reads the source once.
func (in *input) functions(ctx context.Context) (all []*function, err error) {
	part, cancel := half(ctx)
	defer cancel()
	snapshots, err := metrics.ReadSnapshots(part, in.source)
	if err != nil {
		return nil, err
	}
	before, seen := in.known.take(), map[attribute.Distinct]*function{}
	for _, s := range snapshots {
		common := in.labels.function(s, in.options.instance)
		set := attribute.NewSet(common...)
		id := set.Equivalent()
		if f, ok := seen[id]; ok {
			f.snapshot = f.snapshot.Plus(s)
			continue
		}
		of, ok := before[id]
		if !ok {
			of = attributesOf{new(attributes), new(attributes)}
		}
		f := &function{s, common, id, of}
		seen[id] = f
		all = append(all, f)
	}
	return all, nil
}

// collect adds the functions to out, and what belongs to none.
func (in *input) collect(ctx context.Context, functions []*function, out *collection) {
	for _, f := range functions {
		out.function(f)
	}
	in.known.keep(functions)
	in.others(ctx, out)
}

// others reads what belongs to no function.
func (in *input) others(ctx context.Context, out *collection) {
	if source, ok := in.source.(metrics.ExportAccounting); ok {
		out.exports(source.ExportStats())
	}
	if source, ok := in.source.(metrics.StoreReadings); ok {
		part, cancel := half(ctx)
		defer cancel()
		out.readings(source.Readings(part))
	}
}

// half ends when half of the time is over that ctx has left, so that a store that
// hangs leaves some for sending what else the program has.
func half(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(end)/2)
}

// unread tells why the source could not be read, and returns what the SDK is to
// know of that: an error makes it throw away what others have collected, so there
// is one only if the collection itself has ended.
func unread(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	otel.Handle(fmt.Errorf("otelexport: the source can't be read: %w", err))
	return nil
}
