package cloudwatchexport_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/smithy-go"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// hanging takes so many requests and then answers none; its time is that of a
// bubble.
type hanging struct{ takes int }

func (h *hanging) PutMetricData(ctx context.Context, _ *cloudwatch.PutMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.PutMetricDataOutput, error) {
	if h.takes--; h.takes >= 0 {
		return &cloudwatch.PutMetricDataOutput{}, nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// throttling turns every request away, and notes when it was asked.
type throttling struct{ asked []time.Time }

func (c *throttling) PutMetricData(context.Context, *cloudwatch.PutMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.PutMetricDataOutput, error) {
	c.asked = append(c.asked, time.Now())
	return nil, &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
}

// Pauses between attempts are random, below a bound that doubles, and none begins
// that would end after the export's time.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry, _ := one(t)
		c := &throttling{}
		e, err := cloudwatchexport.New(t.Context(), c, &cloudwatchexport.Options{
			Unchecked: true, Attempts: 9, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		var longest [8]time.Duration
		all := map[time.Duration]bool{}
		const exports = 50
		for range exports {
			c.asked = nil
			if err := e.Export(t.Context(), traffic.Batch(registry)); err == nil || len(c.asked) != 9 {
				t.Fatalf("%v after %d attempts", err, len(c.asked))
			}
			for i := range longest {
				pause := c.asked[i+1].Sub(c.asked[i])
				longest[i], all[pause] = max(longest[i], pause), true
			}
		}
		for i, got := range longest { // that 50 all are in the lower half of their range is no chance
			if bound := min(100*time.Millisecond<<i, 5*time.Second); got >= bound || got < bound/2 {
				t.Errorf("the longest pause after attempt %d was %v, of a bound of %v", i+1, got, bound)
			}
		}
		if len(all) < exports*len(longest)*9/10 {
			t.Errorf("%d pauses differ", len(all))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		registry, _ := one(t)
		e, err := cloudwatchexport.New(t.Context(), &throttling{}, &cloudwatchexport.Options{
			Unchecked: true, Attempts: 1000, Timeout: 3 * time.Second, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if err := e.Export(t.Context(), traffic.Batch(registry)); err == nil || errors.Is(err, context.DeadlineExceeded) || time.Since(begun) >= 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

// How long the calls of an exporter take when CloudWatch answers nothing.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := metrics.NewRegistry()
		for i := range 400 {
			traffic.Misses(traffic.Recorder(t, registry, fmt.Sprint("f", i), metrics.RecorderOptions{}), 1)
		}
		e, err := cloudwatchexport.New(t.Context(), &hanging{takes: 1}, &cloudwatchexport.Options{
			Unchecked: true, Timeout: 10 * time.Second, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		begun, done := time.Now(), make(chan error)
		go func() { done <- e.Export(context.Background(), traffic.Batch(registry)) }()
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := e.Export(ctx, traffic.Batch(registry)); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 2*time.Second {
			t.Errorf("%v after %v of waiting for another export", err, time.Since(begun))
		}
		if err := <-done; err != nil || time.Since(begun) != 11*time.Second || e.Queued() != 1 {
			t.Errorf("%v after %v, %d requests wait", err, time.Since(begun), e.Queued())
		}
		begun = time.Now()
		if err := e.Close(); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 5*time.Second {
			t.Errorf("Close: %v after %v", err, time.Since(begun))
		}
	})
}
