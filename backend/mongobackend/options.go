package mongobackend

// Options are what [New] can be told. The zero value is the default of each,
// and no value is a mistake.
type Options struct {
	// Monitor is the one that the client was made with, see [Monitor.Attach], so
	// that Probe can tell of its commands and connections. Nil: Probe tells of
	// the backend's own calls alone.
	Monitor *Monitor
}
