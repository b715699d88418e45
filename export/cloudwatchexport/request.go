package cloudwatchexport

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cachier-go/cachier/export/internal/cwdata"
)

// What one request may have, see the reference of PutMetricData.
const (
	mostData   = 1000
	mostBytes  = 1_000_000 // before compression
	mostValues = 150       // of one metric
)

// request is one PutMetricData.
type request struct {
	data []types.MetricDatum
	at   time.Time // of its data
}

func (r request) input(namespace string) *cloudwatch.PutMetricDataInput {
	return &cloudwatch.PutMetricDataInput{Namespace: &namespace, MetricData: r.data}
}

// packer joins data to requests, as full as the limits allow, and hands each to
// ship, which says whether it keeps it.
type packer struct {
	ship       func(request) (kept bool)
	at         time.Time
	resolution *int32

	data  []types.MetricDatum
	bytes int
}

func newPacker(at time.Time, resolution time.Duration, ship func(request) (kept bool)) *packer {
	seconds := int32(resolution / time.Second)
	return &packer{ship: ship, at: at, resolution: &seconds, bytes: envelopeBytes}
}

// add takes data in.
func (p *packer) add(set cwdata.Set) {
	dimensions, bytes := make([]types.Dimension, len(set.Dimensions)), 0
	for i := range set.Dimensions {
		d := &set.Dimensions[i]
		dimensions[i] = types.Dimension{Name: &d.Name, Value: &d.Value}
		bytes += dimensionBytes + len(d.Name) + len(d.Value)
	}
	for i := range set.Data {
		d := &set.Data[i]
		datum := types.MetricDatum{
			MetricName: &d.Name, Dimensions: dimensions, Unit: types.StandardUnit(d.Unit),
			Timestamp: &p.at, StorageResolution: p.resolution,
		}
		size := datumBytes + bytes + len(d.Name)
		if d.Values == nil {
			datum.Value = &d.Value
			p.put(datum, size)
			continue
		}
		for from := 0; from < len(d.Values); from += mostValues {
			if from > 0 {
				p.flush() // a metric has so many values in one request
			}
			to := min(from+mostValues, len(d.Values))
			datum.Values, datum.Counts = d.Values[from:to:to], d.Counts[from:to:to]
			p.put(datum, size+2*(to-from)*numberBytes)
		}
	}
}

// What is in a request beside the texts, in the longest of the protocols that
// clients speak.
const (
	envelopeBytes  = 1000
	dimensionBytes = 30
	datumBytes     = 250
	numberBytes    = 25
)

func (p *packer) put(d types.MetricDatum, bytes int) {
	if len(p.data) == mostData || p.bytes+bytes > mostBytes {
		p.flush()
	}
	p.data, p.bytes = append(p.data, d), p.bytes+bytes
}

// flush ships what is left.
func (p *packer) flush() {
	kept := len(p.data) > 0 && p.ship(request{p.data, p.at})
	if kept {
		p.data = nil
	}
	p.data, p.bytes = p.data[:0], envelopeBytes
}
