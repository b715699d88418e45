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

	// A request has so many values of a metric. What is over waits for requests
	// after all others: the second lot of each metric, the third, and so on.
	later [][]sized
}

// sized is a datum and how much of a request it takes.
type sized struct {
	types.MetricDatum
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
		for lot, from := 0, 0; from < len(d.Values); lot, from = lot+1, from+mostValues {
			to := min(from+mostValues, len(d.Values))
			datum.Values, datum.Counts = d.Values[from:to:to], d.Counts[from:to:to]
			p.lot(lot, sized{datum, size + 2*(to-from)*numberBytes})
		}
	}
}

// lot takes a lot of a metric's values in.
func (p *packer) lot(n int, s sized) {
	switch {
	case n == 0:
		p.put(s.MetricDatum, s.bytes)
	case n > len(p.later):
		p.later = append(p.later, []sized{s})
	default:
		p.later[n-1] = append(p.later[n-1], s)
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

// finish ships all that is left.
func (p *packer) finish() {
	p.flush()
	for _, lot := range p.later {
		for _, s := range lot {
			p.put(s.MetricDatum, s.bytes)
		}
		p.flush()
	}
	p.later = nil
}

// flush ships the request at hand.
func (p *packer) flush() {
	kept := len(p.data) > 0 && p.ship(request{p.data, p.at})
	if kept {
		p.data = nil
	}
	p.data, p.bytes = p.data[:0], envelopeBytes
}
