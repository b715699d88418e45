package cloudwatchexport_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/smithy-go"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
)

// New says which setting of the client is wrong.
func TestWrongClient(t *testing.T) {
	server := testserver.StartCloudWatch(t)
	strange := httptest.NewUnstartedServer(nil) // its certificate is nobody's
	strange.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	strange.StartTLS()
	t.Cleanup(strange.Close)
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/none/") {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Shop</title>")
	}))
	t.Cleanup(pages.Close)
	known := credentials.NewStaticCredentialsProvider("id", "secret", "")
	for name, test := range map[string]struct {
		options cloudwatch.Options
		want    string
	}{
		"no region":                      {cloudwatch.Options{Credentials: known}, "region"},
		"an unknown region":              {cloudwatch.Options{Credentials: known, Region: "eu-west-1.invalid"}, "region"},
		"a region that is no name":       {cloudwatch.Options{Credentials: known, Region: "eu west 1"}, "region"},
		"an address without a scheme":    {cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: aws.String("localhost:4566")}, "endpoint"},
		"an IP address without a scheme": {cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: aws.String("127.0.0.1:4566")}, "endpoint"},
		"another scheme":                 {cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: aws.String("tcp://localhost:4566")}, "endpoint"},
		"an address without a host":      {cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: aws.String("http://")}, "endpoint"},
		"a port that is none":            {cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: aws.String("http://localhost:99999")}, "endpoint"},
		"HTTPS where HTTP is spoken": {
			cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: aws.String(strings.Replace(server.URL, "http:", "https:", 1))}, "endpoint",
		},
		"a certificate of nobody's": {cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: &strange.URL}, "endpoint"},
		"a site with pages":         {cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: &pages.URL}, "endpoint"},
		"a site without that page":  {cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: aws.String(pages.URL + "/none")}, "endpoint"},
		"an unknown address":        {cloudwatch.Options{Credentials: known, Region: "r", BaseEndpoint: aws.String("http://nowhere.invalid")}, "endpoint"},
		"no credentials": {cloudwatch.Options{Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: aws.CredentialsProviderFunc(
			func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("there are none") },
		)}, "credentials"},
		"credentials from an address that doesn't answer": {cloudwatch.Options{
			Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: aws.CredentialsProviderFunc(absent),
		}, "credentials"},
		"credentials from a service that turns them away": {cloudwatch.Options{
			Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: aws.CredentialsProviderFunc(
				func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{}, &smithy.GenericAPIError{Code: "AccessDenied", Message: "told to refuse"}
				}),
		}, "credentials"},
		"empty credentials": {cloudwatch.Options{
			Region: "eu-west-1", BaseEndpoint: &server.URL,
			Credentials: credentials.NewStaticCredentialsProvider("", "", ""),
		}, "credentials"},
	} {
		_, err := cloudwatchexport.New(t.Context(), cloudwatch.New(test.options), nil)
		if err == nil || !strings.Contains(err.Error(), "the client has the wrong "+test.want) && !strings.Contains(err.Error(), "or "+test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for code, want := range map[string]string{
		"UnrecognizedClientException": "wrong credentials",
		"InvalidClientTokenId":        "wrong credentials",
		"ExpiredTokenException":       "wrong credentials",
		"SignatureDoesNotMatch":       "wrong region", // by its message
		"AccessDeniedException":       "cloudwatch:PutMetricData",
		"UnknownOperationException":   "wrong endpoint",
	} {
		server.Break(0, testserver.Answer{Status: http.StatusForbidden, Code: code, Message: "Credential should be scoped to a valid region."})
		_, err := cloudwatchexport.New(t.Context(), connect(server.URL), nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"eu-west-1"`) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := cloudwatchexport.New(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), "client is nil") {
		t.Errorf("nil: %v", err)
	}
}

// absent is where credentials come from in a container without any: a time-out of
// its own, which is also a context.DeadlineExceeded.
func absent(ctx context.Context) (aws.Credentials, error) {
	_, err := (&net.Dialer{Timeout: time.Nanosecond}).DialContext(ctx, "tcp", "127.0.0.1:9")
	return aws.Credentials{}, err
}

// What may pass is no error at the start. It is logged, and nothing is sent.
func TestStart(t *testing.T) {
	server := testserver.StartCloudWatch(t)
	var log bytes.Buffer
	o := &cloudwatchexport.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	if _, err := cloudwatchexport.New(t.Context(), connect(server.URL), o); err != nil || log.Len() > 0 {
		t.Errorf("%v: %s", err, log.String())
	}
	if server.Asked() != 1 || len(server.Taken()) > 0 {
		t.Errorf("%d requests without data, %d with", server.Asked(), len(server.Taken()))
	}
	server.Break(0, unavailable)
	if _, err := cloudwatchexport.New(t.Context(), connect(server.URL), o); err != nil || !strings.Contains(log.String(), "told to fail") {
		t.Errorf("%v: %s", err, log.String())
	}
	if server.Asked() != 2 {
		t.Errorf("it was asked %d times", server.Asked())
	}
	o.Unchecked = true
	if _, err := cloudwatchexport.New(t.Context(), connect(server.URL), o); err != nil || server.Asked() != 2 {
		t.Errorf("%v, asked %d times", err, server.Asked())
	}
	o.Unchecked = false
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := cloudwatchexport.New(ctx, connect(server.URL), o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A mistake is an error at the start, and names what it is in.
func TestWrongOptions(t *testing.T) {
	type metric = cloudwatchexport.Metric
	labels := func(label string, values ...string) map[string][]string { return map[string][]string{label: values} }
	for _, test := range []struct {
		want    string
		options cloudwatchexport.Options
	}{
		{"Options.Namespace", cloudwatchexport.Options{Namespace: "AWS/Caches"}},
		{"Options.Namespace", cloudwatchexport.Options{Namespace: ":caches"}},
		{"Options.Namespace", cloudwatchexport.Options{Namespace: " "}},
		{"Options.Namespace", cloudwatchexport.Options{Namespace: "größe"}},
		{"Options.Namespace", cloudwatchexport.Options{Namespace: strings.Repeat("x", 256)}},
		{"Options.Resolution", cloudwatchexport.Options{Resolution: 2}},
		{"Options.Timeout", cloudwatchexport.Options{Timeout: -1}},
		{"Options.Attempts", cloudwatchexport.Options{Attempts: -1}},
		{"Options.Labels", cloudwatchexport.Options{Labels: map[string]string{"": "x"}}},
		{"Options.Labels", cloudwatchexport.Options{Labels: map[string]string{"a": strings.Repeat("x", 1025)}}},
		{`Options.Metrics: it has "hits"`, cloudwatchexport.Options{Metrics: []metric{{Name: "hits"}}}},
		{"Options.Metrics: requests is in it twice", cloudwatchexport.Options{Metrics: []metric{{Name: "requests"}, {"requests", labels("outcome")}}}},
		{`has no label "result"`, cloudwatchexport.Options{Metrics: []metric{{"requests", labels("result")}}}},
		{`is never "hits"`, cloudwatchexport.Options{Metrics: []metric{{"requests", labels("outcome", "hits")}}}},
	} {
		_, err := cloudwatchexport.New(t.Context(), connect("http://127.0.0.1:9"), &test.options)
		if err == nil || !strings.HasPrefix(err.Error(), "cloudwatchexport: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
	for _, n := range []int{len(cloudwatchexport.Ten()), len(cloudwatchexport.All())} {
		if n == 0 || n > len(metrics.Catalog()) {
			t.Errorf("%d", n)
		}
	}
}
