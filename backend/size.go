package backend

import "context"

// Usage says how much is stored. -1 stands for what isn't known.
type Usage struct {
	Entries int64
	Bytes   int64 // of the values; a store may add its own overhead
}

// Sizer is implemented by stores that know how much they hold without listing
// it.
type Sizer interface {
	// Size counts what is stored under the literal prefix. Entries past their
	// Expires that are still stored may count.
	Size(ctx context.Context, prefix string) (Usage, error)
}

// CostlySizer is a [Sizer] that has to list after all, though it does so better
// than the fall-back, and whose listings cost money or minutes. Nobody asks it
// without having been told to.
type CostlySizer interface {
	Sizer

	// SizeCosts does nothing.
	SizeCosts()
}

// CanSize reports whether b is a [Sizer] that may be asked now and then, and so
// no [CostlySizer].
func CanSize(b Backend) bool {
	_, ok := b.(Sizer)
	_, costly := b.(CostlySizer)
	return ok && !costly
}

// Size says how much b holds under the literal prefix. If b is no [Sizer] it
// lists all of that, which may be slow. With an error the Usage isn't known.
func Size(ctx context.Context, b Backend, prefix string) (Usage, error) {
	if s, ok := b.(Sizer); ok {
		return s.Size(ctx, prefix)
	}
	var u Usage
	for info, err := range b.List(ctx, prefix) {
		if err != nil {
			return Usage{Entries: -1, Bytes: -1}, err
		}
		u.Entries++
		switch {
		case info.Size < 0:
			u.Bytes = -1
		case u.Bytes >= 0:
			u.Bytes += info.Size
		}
	}
	return u, nil
}
