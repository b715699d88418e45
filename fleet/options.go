package fleet

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Options are what [Publish] can be told. The zero value is the default of each.
type Options struct {
	// Fleet keeps several fleets on one store apart; at most 100 bytes. Empty:
	// "default".
	Fleet string

	// Instance names this instance, such as a host or a pod; a start of the same
	// name goes on with its history. Two that have one name at the same time are
	// told apart all the same. At most 200 bytes. Empty: the host's name.
	Instance string

	// Version is that of the program; at most 200 bytes. Empty: none.
	Version string

	// Labels are what instances are grouped by beside that, such as a region; at
	// most 20 of at most 200 bytes each. Publish copies them.
	Labels map[string]string

	// Every is the time between two writes, which is what a crash may lose.
	// Readers take an instance for live for three of them. At most a minute.
	// Zero: 10 seconds.
	Every time.Duration

	// Logger is told, once a minute at most, that the store can't be written to.
	// Nil: slog.Default().
	Logger *slog.Logger
}

const (
	defaultFleet = "default"
	mostLabels   = 20
	mostText     = 200
	mostFleet    = 100
)

// resolve fills the defaults in, and says what is wrong.
func (o *Options) resolve() (Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	if r.Instance == "" {
		r.Instance, _ = os.Hostname() // nameless starts are told apart, too
	}
	if r.Logger == nil {
		r.Logger = slog.Default()
	}
	r.Labels = maps.Clone(r.Labels)
	if r.Every == 0 {
		r.Every = defaultEvery
	}
	if r.Every < 0 || r.Every > time.Minute {
		return r, fmt.Errorf("fleet: Options.Every is %v; want more than 0 and at most a minute", r.Every)
	}
	var err error
	if r.Fleet, err = fleetName(r.Fleet); err != nil {
		return r, err
	}
	if len(r.Labels) > mostLabels {
		return r, fmt.Errorf("fleet: Options.Labels are %d; want %d at most", len(r.Labels), mostLabels)
	}
	texts := []string{r.Instance, r.Version}
	for name, value := range r.Labels {
		texts = append(texts, name, value)
	}
	for _, text := range texts {
		if len(text) > mostText || !utf8.ValidString(text) {
			return r, fmt.Errorf("fleet: Options have a text of %d bytes; want %d at most, in UTF-8", len(text), mostText)
		}
	}
	return r, nil
}

// fleetName is a name that keys can have in them.
func fleetName(name string) (string, error) {
	if name == "" {
		return defaultFleet, nil
	}
	if len(name) > mostFleet || !utf8.ValidString(name) || strings.ContainsFunc(name, func(c rune) bool { return c == '/' || !unicode.IsPrint(c) }) {
		return "", fmt.Errorf("fleet: the name %q is none for a fleet; want at most %d printable bytes without a slash", name, mostFleet)
	}
	return name, nil
}

// How long and how often.
const (
	defaultEvery = 10 * time.Second         // between two writes
	keepMinute   = 3 * time.Hour            // after its end
	keepHour     = 8 * 24 * time.Hour       // after its end
	goneAfter    = 8 * 24 * time.Hour       // without a write; its totals are then folded
	writeTime    = 5 * time.Second          // for one write
	openTime     = 10 * time.Second         // for joining and reading the history
	resumeTime   = 5 * time.Second          // of that, for the history
	foldTime     = time.Minute              // for what folding reads and writes at once
	leaseTime    = 10 * time.Second         // of a lease on a shared record
	liveFor      = 3                        // times Options.Every, after a write
	foldEvery    = time.Hour                // by one of them
	readAtOnce   = 64                       // records
	rebornAfter  = goneAfter - 24*time.Hour // without a write: the start may be folded soon
)
