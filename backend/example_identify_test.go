package backend_test

import (
	"context"
	"fmt"

	"github.com/cachier-go/cachier/backend"
)

// library is a shelf with a name and a figure of its own.
type library struct {
	shelf
	town string
}

func (l *library) Kind() string     { return "library" }
func (l *library) Identity() string { return "library:" + l.town }

func (l *library) Probe(context.Context) ([]backend.Reading, error) {
	return []backend.Reading{{
		Name: "open_desks", Help: "Desks at which somebody serves.", Unit: "{desk}", Value: 3,
	}}, nil
}

// How a store says which one it is, so that two instances know that they share
// it: by an address, without the password.
func ExampleIdentifier() {
	b := &library{town: "Alexandria"}
	fmt.Println(backend.Kind(b), backend.Identity(b))
	fmt.Println(backend.Kind(&shelf{}), backend.Identity(&shelf{}) == "")
	// Output:
	// library library:Alexandria
	// backend_test true
}

// How a store shows figures that only its kind has.
func ExampleProber() {
	readings, err := backend.Probe(context.Background(), &library{})
	for _, r := range readings {
		fmt.Println(r.Name, r.Value, err)
	}
	// Output: open_desks 3 <nil>
}
