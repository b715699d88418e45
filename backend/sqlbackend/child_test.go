package sqlbackend_test

import (
	"os"
	"testing"

	"github.com/cachier-go/cachier/internal/killing"
)

// children are what the tests that need other processes start this binary again
// to be.
var children = map[string]killing.Role{
	killing.Writer: trial.Write,
	"increment":    increment,
}

func TestMain(m *testing.M) {
	killing.Become(children)
	os.Exit(m.Run())
}
