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
