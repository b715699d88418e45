package emfexport

import (
	"strconv"
	"time"

	"github.com/cachier-go/cachier/export/internal/cwdata"
)

// What one line may have, see the specification of the format.
const (
	mostMetrics = 100
	mostValues  = 100 // of one metric
)

// composer makes lines of data and hands each to ship, which doesn't keep its
// text.
type composer struct {
	size    int
	ship    func(line)
	tooLong func(data int)

	head string // of all lines, up to the names of their dimensions
	tail string // of each metric's definition, after its unit

	names, values []byte // of the dimensions of the set at hand
	defined       []byte // the metrics of the line at hand
	members       []byte // and what happened to them
	metrics       int
	text          []byte
}

func newComposer(o Options, at time.Time, ship func(line), tooLong func(data int)) *composer {
	c := &composer{size: o.MaxLine, ship: ship, tooLong: tooLong, tail: `"}`}
	c.head = `{"_aws":{"Timestamp":` + strconv.FormatInt(at.UnixMilli(), 10) +
		`,"CloudWatchMetrics":[{"Namespace":"` + o.Namespace + `","Dimensions":[[`
	if o.Resolution == time.Second {
		c.tail = `","StorageResolution":1}`
	}
	return c
}

// What comes between the parts of a line.
const (
	afterNames   = `]],"Metrics":[`
	afterDefined = `]}]}`
	end          = "}\n"
)

// add makes the lines of one set.
func (c *composer) add(set cwdata.Set) {
	c.names, c.values = c.names[:0], c.values[:0]
	for i, d := range set.Dimensions {
		if i > 0 {
			c.names = append(c.names, ',')
		}
		c.names = appendString(c.names, d.Name)
		c.values = append(appendString(append(c.values, ','), d.Name), ':')
		c.values = appendString(c.values, d.Value)
	}
	for _, d := range set.Data {
		if d.Values == nil {
			c.put(d, func(buf []byte) []byte { return appendNumber(buf, d.Value) })
			continue
		}
		for from := 0; from < len(d.Values); from += mostValues {
			if from > 0 {
				c.flush() // a line has each metric once
			}
			to := min(from+mostValues, len(d.Values))
			c.put(d, func(buf []byte) []byte { return appendHistogram(buf, d.Values[from:to], d.Counts[from:to]) })
		}
	}
	c.flush()
}

// put adds a metric to the line, or to a new one if it has no room there.
func (c *composer) put(d cwdata.Datum, appendValue func([]byte) []byte) {
	for {
		defined, members := len(c.defined), len(c.members)
		if c.metrics > 0 {
			c.defined = append(c.defined, ',')
		}
		c.defined = append(append(c.defined, `{"Name":"`...), d.Name...)
		c.defined = append(append(append(c.defined, `","Unit":"`...), d.Unit...), c.tail...)
		c.members = append(append(append(c.members, `,"`...), d.Name...), `":`...)
		c.members = appendValue(c.members)
		if c.metrics < mostMetrics && c.length() <= c.size {
			c.metrics++
			return
		}
		c.defined, c.members = c.defined[:defined], c.members[:members]
		if c.metrics == 0 {
			c.tooLong(1)
			return
		}
		c.flush()
	}
}

func (c *composer) length() int {
	return len(c.head) + len(c.names) + len(afterNames) + len(c.defined) + len(afterDefined) + len(c.values) + len(c.members) + len(end)
}

// flush ships what is in the line.
func (c *composer) flush() {
	if c.metrics > 0 {
		c.text = append(append(append(c.text[:0], c.head...), c.names...), afterNames...)
		c.text = append(append(append(c.text, c.defined...), afterDefined...), c.values...)
		c.text = append(append(c.text, c.members...), end...)
		c.ship(line{c.text, c.metrics})
	}
	c.defined, c.members, c.metrics = c.defined[:0], c.members[:0], 0
}
