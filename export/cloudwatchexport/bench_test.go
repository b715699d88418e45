package cloudwatchexport_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/cachier-go/cachier/export/cloudwatchexport"
	"github.com/cachier-go/cachier/internal/traffic"
	"github.com/cachier-go/cachier/metrics"
)

// A whole push of 1,000 functions, each with a few calls since the last one: the
// snapshots, their differences, the data, and what the client makes of it, up to
// the network. The budget is a second of processor time and 16 MiB; live-B is
// what one more push holds at the most.
func BenchmarkPush(b *testing.B) {
	for name, chosen := range map[string][]cloudwatchexport.Metric{"ten": nil, "all": cloudwatchexport.All()} {
		b.Run(name, func(b *testing.B) {
			to := &nowhere{}
			e, err := cloudwatchexport.New(b.Context(), cloudwatch.New(cloudwatch.Options{
				Region: "eu-west-1", HTTPClient: to, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
			}), &cloudwatchexport.Options{Metrics: chosen, Unchecked: true})
			if err != nil {
				b.Fatal(err)
			}
			registry := metrics.NewRegistry()
			var all []*metrics.Recorder
			for i := range 1000 {
				all = append(all, traffic.Recorder(b, registry, fmt.Sprintf("service.function%d", i), metrics.RecorderOptions{}))
			}
			ctx, cancel := context.WithCancel(b.Context())
			cancel()
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for _, r := range all {
					for i := range 20 {
						took := time.Duration(1+i) * time.Millisecond
						r.Record(metrics.Call{Outcome: metrics.Hit, Duration: took / 1000, Age: took * 1000, Cost: time.Second})
						if i%5 == 0 {
							traffic.Misses(r, 1)
						}
					}
				}
				b.StartTimer()
				if err := metrics.Push(ctx, registry, e, time.Hour); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			to.measures = true
			before := heap()
			for _, r := range all {
				traffic.Misses(r, 1)
			}
			if err := metrics.Push(ctx, registry, e, time.Hour); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(to.most-before), "live-B")
			b.ReportMetric(float64(to.requests)/float64(b.N), "requests/op")
			b.ReportMetric(float64(to.bytes)/float64(b.N), "wire-bytes/op")
		})
	}
}

// nowhere takes requests as a network does that costs nothing.
type nowhere struct {
	requests, bytes int64
	measures        bool
	most            uint64 // bytes of the heap in use while a request is sent
}

func (n *nowhere) Do(r *http.Request) (*http.Response, error) {
	if n.measures {
		n.most = max(n.most, heap())
	}
	size, err := io.Copy(io.Discard, r.Body)
	n.requests, n.bytes = n.requests+1, n.bytes+size
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Smithy-Protocol": {"rpc-v2-cbor"}},
		Body: io.NopCloser(strings.NewReader("\xa0")), Request: r,
	}, err
}
