package s3backend_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/killing"
	"github.com/cachier-go/cachier/internal/testserver"
)

var trial = killing.Trial{
	Open:    openWriter,
	Writers: 2, Kills: 10, Early: 2, Pause: 100 * time.Millisecond,
	Keys: 8, Lease: 500 * time.Millisecond,
	Size:       func(r *rand.Rand) int { return r.IntN(200_000) },
	ClockError: time.Minute, // a busy machine is far from minutes
}

// openWriter gets what Kill is told below.
func openWriter(args []string) (backend.Locker, error) {
	client := s3.New(s3.Options{
		BaseEndpoint: &args[0], Region: args[1], UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(args[2], args[3], ""),
	})
	b := s3backend.NewLocker(client, args[4], nil)
	return b, b.Check(context.Background())
}

// Writers are killed at random moments; nobody ever reads what is wrong or
// torn, and nothing is left behind that hinders those who go on.
func TestKilledWriters(t *testing.T) {
	t.Parallel()
	server := testserver.StartS3(t)
	client := connect(t, server.S3Access)
	b := s3backend.NewLocker(client, server.Bucket, nil)
	trial.Kill(t, b, server.Endpoint, server.Region, server.AccessKey, server.SecretKey, server.Bucket)
	trial.Reclaim(t, b)
	if n, err := b.Cleanup(t.Context(), ""); n != trial.Keys || err != nil {
		t.Errorf("Cleanup: %d, %v", n, err)
	}
	if left := (raw{t, client, server.Bucket}).names(); len(left) != 1 { // the marker of conditions
		t.Errorf("%v are left", left)
	}
}
