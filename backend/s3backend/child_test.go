package s3backend_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/cachier-go/cachier/internal/killing"
	"github.com/cachier-go/cachier/internal/testserver"
)

func TestMain(m *testing.M) {
	killing.Become(map[string]killing.Role{killing.Writer: trial.Write})
	access, bucket, end, err := testserver.S3ForMain()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n", err)
		os.Exit(1)
	}
	exampleAccess, exampleBucket = access, bucket
	result := m.Run()
	end()
	os.Exit(result)
}
