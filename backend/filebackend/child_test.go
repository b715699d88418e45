package filebackend_test

import (
	"os"
	"testing"

	"github.com/cachier-go/cachier/internal/killing"
)

// The tests that need other processes start this binary again, with a role; its
// first argument is the directory.
func TestMain(m *testing.M) {
	killing.Become(map[string]killing.Role{killing.Writer: trial.Write, "holder": hold, "computer": coldKey})
	os.Exit(m.Run())
}
