package s3backend_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// connect returns a client, whose connections the test closes.
func connect(t testing.TB, a testserver.S3Access, opts ...func(*s3.Options)) *s3.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	return s3.New(s3.Options{
		BaseEndpoint: &a.Endpoint, Region: a.Region, UsePathStyle: true,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(a.AccessKey, a.SecretKey, "")),
		HTTPClient:  &http.Client{Transport: transport},
	}, opts...)
}

// somewhere is the server that the user names, or one that is started.
func somewhere(t testing.TB) (testserver.S3Access, string) {
	t.Helper()
	if access, bucket, ok := testserver.S3Elsewhere(); ok {
		return access, bucket
	}
	s := testserver.StartS3(t)
	return s.S3Access, s.Bucket
}

// stores makes prefixes that nobody has used.
var stores atomic.Int64

func newPrefix() string { return fmt.Sprintf("a b+%%41/%d-%d/", time.Now().UnixNano(), stores.Add(1)) }

// conform runs the suite; each store has a prefix of its own, and is opened by
// two clients as if by two processes.
func conform(t *testing.T, make func(c *s3.Client, bucket string, o *s3backend.Options) backend.Backend) {
	access, bucket := somewhere(t)
	prefixes := map[backend.Backend]string{}
	open := func(t testing.TB, prefix string) backend.Backend {
		return make(connect(t, access), bucket, &s3backend.Options{Prefix: prefix, MaxEntrySize: 9 << 20})
	}
	backendtest.Run(t, backendtest.Harness{
		New: func(t testing.TB) backend.Backend {
			prefix := newPrefix()
			b := open(t, prefix)
			prefixes[b] = prefix
			return b
		},
		Another:  func(t testing.TB, b backend.Backend) backend.Backend { return open(t, prefixes[b]) },
		TooLarge: 9<<20 + 1,
	})
}

func TestConformance(t *testing.T) {
	t.Parallel()
	conform(t, func(c *s3.Client, bucket string, o *s3backend.Options) backend.Backend {
		return s3backend.New(c, bucket, o)
	})
}

func TestConformanceWithLeases(t *testing.T) {
	t.Parallel()
	conform(t, func(c *s3.Client, bucket string, o *s3backend.Options) backend.Backend {
		return s3backend.NewLocker(c, bucket, o)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// second is the error of a call that returns two values.
func second[T any](_ T, err error) error { return err }
