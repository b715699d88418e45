package cloudwatchexport_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/testserver"
)

// connect returns a client of AWS's own SDK to a server.
func connect(url string) *cloudwatch.Client {
	return cloudwatch.New(cloudwatch.Options{
		BaseEndpoint: &url, Region: "eu-west-1", HTTPClient: &http.Client{Transport: &http.Transport{}},
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
}

// start returns an exporter, and the server that it sends to.
func start(t testing.TB, o cloudwatchexport.Options) (*cloudwatchexport.Exporter, *testserver.CloudWatch) {
	t.Helper()
	server := testserver.StartCloudWatch(t)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e, err := cloudwatchexport.New(context.Background(), connect(server.URL), &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, server
}
