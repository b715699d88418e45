package integration_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// place is a bucket and who may use it.
type place struct {
	Access testserver.S3Access
	Bucket string
}

// openS3 opens what is under the prefix that belongs to a directory.
func openS3(t testing.TB, dir string) backend.Locker {
	t.Helper()
	text := addressOf(t, "CACHIER_TEST_S3_PLACE", func(t testing.TB) string {
		var p place
		var ok bool
		if p.Access, p.Bucket, ok = testserver.S3Elsewhere(); !ok {
			s := testserver.StartS3(t)
			p = place{s.S3Access, s.Bucket}
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	})
	var p place
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return overS3(t, p, tableOf(dir)+"/")
}

func overS3(t testing.TB, p place, prefix string) backend.Locker {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	client := s3.New(s3.Options{
		BaseEndpoint: &p.Access.Endpoint, Region: p.Access.Region, UsePathStyle: true, HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider(p.Access.AccessKey, p.Access.SecretKey, ""),
	})
	b := s3backend.NewLocker(client, p.Bucket, &s3backend.Options{Prefix: prefix})
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func s3Server(t testing.TB) *server {
	s := testserver.StartS3(t)
	return &server{
		daemon: s, addr: s.Addr,
		open: func(t testing.TB, addr string) backend.Locker {
			access := s.S3Access
			access.Endpoint = "http://" + addr
			return overS3(t, place{access, s.Bucket}, tableOf(t.Name())+"/")
		},
	}
}
