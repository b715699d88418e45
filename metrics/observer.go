package metrics

import "context"

// Observer is told of everything slow, as it begins and as it ends: for spans
// and logs. Memory hits are never told. It must be safe for concurrent use.
type Observer interface {
	// Start is called before op begins. The context it returns is used for op,
	// so that what op calls becomes part of its span. The function it returns,
	// which may be nil, is called once, when op has ended.
	Start(ctx context.Context, op Op) (context.Context, func(Result))
}

// OpKind is what kind of thing an [Observer] is told of.
type OpKind uint8

const (
	// OpCompute is the zero value: the cached function runs; see [Op].Trigger.
	OpCompute OpKind = iota
	// OpWait: a caller waits; see [Op].Scope.
	OpWait
	// OpOperation: something that isn't a call; see [Op].Operation.
	OpOperation
	// OpBackend: a request to the store; see [Op].BackendOperation.
	OpBackend
)

var opKindNames = []string{"compute", "wait", "operation", "backend"}

// String returns "compute", "wait", "operation" or "backend".
func (k OpKind) String() string { return nameOf(opKindNames, k) }

// Op is what an [Observer] is told of. Of the last four fields the one that
// Kind names is meant.
type Op struct {
	Kind    OpKind
	Cache   string // the function's name
	Backend string // kind of its store

	Trigger          Trigger
	Scope            Scope
	Operation        Operation
	BackendOperation BackendOperation
}

// String returns a short name for a span, of few different texts, such as
// "compute miss" or "backend get".
func (o Op) String() string {
	var what string
	switch o.Kind {
	case OpCompute:
		what = o.Trigger.String()
	case OpWait:
		what = o.Scope.String()
	case OpOperation:
		what = o.Operation.String()
	case OpBackend:
		what = o.BackendOperation.String()
	}
	return o.Kind.String() + " " + what
}

// Observers returns one Observer that tells all of the given ones, in their
// order, and of the end in the reverse order. Nil ones are left out; it is nil
// when none is left.
func Observers(all ...Observer) Observer {
	var many observers
	for _, o := range all {
		if o != nil {
			many = append(many, o)
		}
	}
	switch len(many) {
	case 0:
		return nil
	case 1:
		return many[0]
	default:
		return many
	}
}

type observers []Observer

func (all observers) Start(ctx context.Context, op Op) (context.Context, func(Result)) {
	ends := make([]func(Result), len(all))
	for i, o := range all {
		ctx, ends[i] = o.Start(ctx, op)
	}
	return ctx, func(res Result) {
		for i := len(ends) - 1; i >= 0; i-- {
			if ends[i] != nil {
				ends[i](res)
			}
		}
	}
}
