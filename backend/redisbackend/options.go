package redisbackend

// Options are what [New] can be told. The zero value is the default of each,
// and no value is a mistake.
type Options struct {
	// Prefix begins the name of everything in Redis that belongs to the
	// backend, keys and the channel alike. Any bytes will do. It should end in
	// a character that keeps it apart: backends whose prefixes begin with one
	// another see each other's entries. Empty: "cachier:".
	Prefix string

	// MaxEntrySize is the size in bytes of an entry, Value and Meta, from which
	// on the backend returns ErrTooLarge without asking the server. Set it to
	// the server's proto-max-bulk-len where that isn't the default, less a
	// hundred bytes. Zero or negative: 512 MB, less a hundred bytes.
	MaxEntrySize int64

	// Quiet keeps changes from being published. Those who wait for another
	// process then look now and then, within 100 ms, and Watch yields an error
	// that is errors.ErrUnsupported. It is for a Cluster with so many writes
	// that telling each to all of its servers costs too much. False: publish.
	Quiet bool
}

const (
	defaultPrefix = "cachier:"
	defaultLimit  = largest - 100
)

// resolve fills the defaults in.
func (o *Options) resolve() Options {
	var r Options
	if o != nil {
		r = *o
	}
	if r.Prefix == "" {
		r.Prefix = defaultPrefix
	}
	if r.MaxEntrySize <= 0 || r.MaxEntrySize > defaultLimit {
		r.MaxEntrySize = defaultLimit
	}
	return r
}
