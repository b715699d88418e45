package mongobackend_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/cachier-go/cachier/internal/killing"
	"github.com/cachier-go/cachier/internal/testserver"
)

// sharedURL is where the examples, and the tests that do a server no harm, have
// one.
var sharedURL string

func TestMain(m *testing.M) {
	killing.Become(map[string]killing.Role{killing.Writer: trial.Write})
	url, end := os.Getenv(uriVariable), func() {}
	if url == "" {
		var err error
		if url, end, err = testserver.MongoForMain(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n", err)
			os.Exit(1)
		}
	}
	sharedURL = url
	result := m.Run()
	end()
	os.Exit(result)
}
