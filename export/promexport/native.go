package promexport

import (
	"math"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cachier-go/cachier/metrics"
)

// maxGap is the longest run of empty buckets that is sent as zeros instead of opening another span, which costs more
// bytes. It is client_golang's choice too.
const maxGap = 2

// histogram writes b as a native histogram, with classic buckets beside it if asked.
func histogram(b metrics.Buckets, created *timestamppb.Timestamp, classic bool) *dto.Histogram {
	// One allocation for what the message points to: a scrape makes thousands of these.
	h := &struct {
		dto.Histogram
		count, zeros uint64
		sum, width   float64
		schema       int32
	}{count: b.Count, zeros: b.ZeroCount, sum: b.Sum, schema: metrics.Schema}
	h.SampleCount, h.SampleSum, h.Schema = &h.count, &h.sum, &h.schema
	h.ZeroCount, h.ZeroThreshold = &h.zeros, &h.width // the zero bucket holds exact zeros only: its width is 0
	h.CreatedTimestamp = created
	h.PositiveSpan, h.PositiveDelta = spans(b)
	if len(h.PositiveSpan) == 0 && b.ZeroCount == 0 {
		// An empty span tells Prometheus that a histogram without observations is a native one.
		h.PositiveSpan = []*dto.BucketSpan{{Offset: proto.Int32(0), Length: proto.Uint32(0)}}
	}
	if classic {
		h.Bucket = classicBuckets(b)
	}
	return &h.Histogram
}

// spans encodes buckets, which come in ascending order, as runs of neighbours and the differences of their counts.
func spans(b metrics.Buckets) (runs []*dto.BucketSpan, deltas []int64) {
	deltas = make([]int64, 0, b.Len()+b.Len()/4)
	var (
		last int64
		next int // the index after the last bucket written
	)
	for i, count := range b.All() {
		gap := i - next
		if len(runs) == 0 || gap > maxGap {
			runs = append(runs, &dto.BucketSpan{Offset: proto.Int32(int32(gap)), Length: proto.Uint32(0)})
			gap = 0
		}
		for range gap {
			deltas = append(deltas, -last)
			last = 0
		}
		deltas = append(deltas, int64(count)-last)
		last = int64(count)
		*runs[len(runs)-1].Length += uint32(gap) + 1
		next = i + 1
	}
	return runs, deltas
}

// Classic bounds are 2^-20 s (about 1 µs), then each four times the one before, up to 2^6 s (64 s).
const (
	classicFirst = -20
	classicLast  = 6
	classicStep  = 2
)

// classicBuckets counts b in classic buckets. Their bounds are powers of two because those are bounds of b's own buckets
// too, so that nothing is estimated.
func classicBuckets(b metrics.Buckets) []*dto.Bucket {
	const n = (classicLast-classicFirst)/classicStep + 1
	buckets := make([]*dto.Bucket, n, n+1)
	for i := range buckets {
		bound := math.Ldexp(1, classicFirst+i*classicStep)
		buckets[i] = &dto.Bucket{UpperBound: proto.Float64(bound), CumulativeCount: proto.Uint64(b.ZeroCount)}
	}
	for index, count := range b.All() {
		for i, bucket := range buckets {
			if index <= (classicFirst+i*classicStep)<<metrics.Schema {
				*bucket.CumulativeCount += count
			}
		}
	}
	return append(buckets, &dto.Bucket{UpperBound: proto.Float64(math.Inf(1)), CumulativeCount: proto.Uint64(b.Count)})
}
