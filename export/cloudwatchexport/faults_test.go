package cloudwatchexport_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

var unavailable = testserver.Answer{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "told to fail"}

// client counts what goes through it, and does something before each.
type client struct {
	*cloudwatch.Client
	puts   int
	before func(put int)
}

func (c *client) PutMetricData(ctx context.Context, in *cloudwatch.PutMetricDataInput, o ...func(*cloudwatch.Options)) (*cloudwatch.PutMetricDataOutput, error) {
	c.puts++
	if c.before != nil {
		c.before(c.puts)
	}
	return c.Client.PutMetricData(ctx, in, o...)
}

// through returns an exporter over a client that counts.
func through(t *testing.T, o cloudwatchexport.Options) (*cloudwatchexport.Exporter, *client, *testserver.CloudWatch) {
	t.Helper()
	server := testserver.StartCloudWatch(t)
	c := &client{Client: connect(server.URL)}
	o.Unchecked = true
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e, err := cloudwatchexport.New(t.Context(), c, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, c, server
}

func one(t *testing.T) (*metrics.Registry, map[string]string) {
	registry := metrics.NewRegistry()
	traffic.Misses(traffic.Recorder(t, registry, "f", metrics.RecorderOptions{}), 5)
	return registry, map[string]string{"cache": "f", "outcome": "miss"}
}

// An attempt is one request: the client repeats nothing by itself.
func TestAttempts(t *testing.T) {
	registry, miss := one(t)
	e, c, server := through(t, cloudwatchexport.Options{Attempts: 3})
	server.Break(0, unavailable)
	if err := e.Export(t.Context(), traffic.Batch(registry)); err == nil || c.puts != 3 {
		t.Errorf("%v after %d attempts", err, c.puts)
	}
	c.before = func(put int) {
		if put == 5 {
			server.Mend()
		}
	}
	if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil || c.puts != 5 {
		t.Errorf("%v after %d attempts", err, c.puts)
	}
	if got, _ := server.Of("requests", miss); got.Sum != 5 {
		t.Errorf("%v calls", got.Sum)
	}
}

// An export ends in time, and has no pause that would be too long.
func TestTimeout(t *testing.T) {
	registry, _ := one(t)
	e, c, server := through(t, cloudwatchexport.Options{Attempts: 1000, Timeout: 300 * time.Millisecond})
	server.Break(0, unavailable)
	begun := time.Now()
	err := e.Export(t.Context(), traffic.Batch(registry))
	if took := time.Since(begun); err == nil || c.puts < 2 || took > 3*time.Second {
		t.Errorf("%v after %d attempts in %v", err, c.puts, took)
	}
}

// A request that was taken and not answered is sent again, or given up.
func TestInDoubt(t *testing.T) {
	t.Parallel() // it mostly waits
	for _, atMostOnce := range []bool{false, true} {
		registry, miss := one(t)
		var log bytes.Buffer
		e, _, server := through(t, cloudwatchexport.Options{
			AtMostOnce: atMostOnce, Timeout: 200 * time.Millisecond, Attempts: 1, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		server.Hang(true)
		err := e.Export(t.Context(), traffic.Batch(registry))
		if atMostOnce != (err == nil) || !atMostOnce && !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			t.Errorf("at most once %v: %v", atMostOnce, err)
		}
		if text := log.String(); !strings.Contains(text, "deadline exceeded") || atMostOnce != strings.Contains(text, "3 data are given up as in_doubt") {
			t.Errorf("at most once %v: the log says %q", atMostOnce, text)
		}
		server.Mend()
		sum, doubtful := 10.0, uint64(0)
		if atMostOnce {
			sum, doubtful = 5, 3
		} else if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil { // the cursor stayed
			t.Error(err)
		}
		if got, _ := server.Of("requests", miss); got.Sum != sum || e.Dropped()["in_doubt"] != doubtful {
			t.Errorf("at most once %v: %v calls, %v", atMostOnce, got.Sum, e.Dropped())
		}
	}
}

// What is given up because the program ends is logged too.
func TestInDoubtAtTheEnd(t *testing.T) {
	t.Parallel() // it mostly waits
	registry, _ := one(t)
	var log bytes.Buffer
	e, c, server := through(t, cloudwatchexport.Options{AtMostOnce: true, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	c.before = func(int) { time.AfterFunc(100*time.Millisecond, cancel) }
	server.Hang(true)
	if err := e.Export(ctx, traffic.Batch(registry)); err != nil || e.Dropped()["in_doubt"] != 3 || !strings.Contains(log.String(), "3 data are given up") {
		t.Errorf("%v, %v, the log says %q", err, e.Dropped(), log.String())
	}
}

// Nothing listens: that isn't in doubt, whatever the promise.
func TestUnreachable(t *testing.T) {
	registry, _ := one(t)
	e, err := cloudwatchexport.New(t.Context(), connect("http://"+testserver.FreeAddr(t)), &cloudwatchexport.Options{
		AtMostOnce: true, Attempts: 2, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal("it may come: ", err)
	}
	if err := e.Export(t.Context(), traffic.Batch(registry)); err == nil || len(e.Dropped()) > 0 {
		t.Errorf("%v, %v", err, e.Dropped())
	}
}

// Credentials that don't come in time: nothing was sent, so nothing is in doubt.
func TestUnsigned(t *testing.T) {
	t.Parallel() // it mostly waits
	registry, _ := one(t)
	server := testserver.StartCloudWatch(t)
	slow := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		<-ctx.Done()
		return aws.Credentials{}, ctx.Err()
	})
	e, err := cloudwatchexport.New(t.Context(), cloudwatch.New(cloudwatch.Options{
		BaseEndpoint: &server.URL, Region: "eu-west-1", Credentials: slow,
	}), &cloudwatchexport.Options{AtMostOnce: true, Unchecked: true, Timeout: 50 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Export(t.Context(), traffic.Batch(registry)); !errors.Is(err, context.DeadlineExceeded) || len(e.Dropped()) > 0 {
		t.Errorf("%v, %v", err, e.Dropped())
	}
}

// What CloudWatch finds wrong it always will: it is given up.
func TestRefused(t *testing.T) {
	registry, _ := one(t)
	e, c, server := through(t, cloudwatchexport.Options{})
	server.Break(0, testserver.Answer{Status: 400, Code: "InvalidParameterValue", Message: "told to refuse"})
	if err := e.Export(t.Context(), traffic.Batch(registry)); err != nil || c.puts != 1 || e.Dropped()["refused"] != 3 {
		t.Errorf("%v after %d attempts, %v", err, c.puts, e.Dropped())
	}
	// That a permission was withdrawn is no reason to give anything up, nor to hurry.
	server.Break(0, testserver.Answer{Status: 403, Code: "AccessDenied", Message: "told to"})
	if err := e.Export(t.Context(), traffic.Batch(registry)); err == nil || c.puts != 2 {
		t.Errorf("%v after %d attempts", err, c.puts)
	}
}
