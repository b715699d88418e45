package testserver

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// CloudWatch is a server that takes PutMetricData as AWS's SDK sends it, and
// holds it against the limits that AWS states. What is beyond one fails the test.
type CloudWatch struct {
	URL string

	mu     sync.Mutex // protects what follows
	taken  []PutMetricData
	tally  map[string]Tally
	asked  int           // requests without data
	left   int           // how many more it takes; negative: all
	answer *Answer       // nil: it takes them
	hung   chan struct{} // closed by Mend; nil: it answers
	taking bool          // it takes what it leaves unanswered
}

// PutMetricData is one request.
type PutMetricData struct {
	Namespace string
	Bytes     int // before compression
	Data      []MetricDatum
}

// MetricDatum is what happened to one metric. A single value counts once.
type MetricDatum struct {
	Name, Unit     string
	Dimensions     map[string]string
	Values, Counts []float64
	At             time.Time
	Resolution     int // in seconds
}

// Tally is what has arrived of one metric.
type Tally struct {
	Sum, Count, Last float64
}

// Answer is how a request is turned away.
type Answer struct {
	Status        int
	Code, Message string
}

// StartCloudWatch starts one until the test ends.
func StartCloudWatch(t testing.TB) *CloudWatch {
	t.Helper()
	c := &CloudWatch{left: -1, tally: map[string]Tally{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(t, w, r) }))
	c.URL = server.URL
	t.Cleanup(func() {
		c.Mend()
		server.CloseClientConnections()
		server.Close()
	})
	return c
}

// Taken returns the requests that were taken. They are not to be modified.
func (c *CloudWatch) Taken() []PutMetricData {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.taken)
}

// Of returns what has arrived of the metric with that name and those dimensions;
// false if nothing has.
func (c *CloudWatch) Of(name string, dimensions map[string]string) (Tally, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.tally[MetricDatum{Name: name, Dimensions: dimensions}.ID()]
	return t, ok
}

// Asked returns how many requests without data there were.
func (c *CloudWatch) Asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// Break makes it answer all requests so after so many more.
func (c *CloudWatch) Break(after int, answer Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.answer = after, &answer
}

// Hang makes it leave all requests unanswered until Mend. It takes them if taking
// is true.
func (c *CloudWatch) Hang(taking bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hung, c.taking = make(chan struct{}), taking
}

// Mend ends what Break or Hang began.
func (c *CloudWatch) Mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.answer = -1, nil
	if c.hung != nil {
		close(c.hung)
		c.hung = nil
	}
}

func (c *CloudWatch) serve(t testing.TB, w http.ResponseWriter, r *http.Request) {
	put, err := readPutMetricData(r)
	if err != nil {
		t.Error(err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, hung := c.take(t, put)
	if hung != nil {
		select {
		case <-hung:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("smithy-protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	w.WriteHeader(answer.Status)
	body := []byte{0xa0} // an empty map
	if answer.Status != http.StatusOK {
		body = appendCBOR(appendCBOR([]byte{0xa2}, "__type"), "com.amazonaws.cloudwatch#"+answer.Code)
		body = appendCBOR(appendCBOR(body, "message"), answer.Message)
	}
	_, _ = w.Write(body) // a client that has gone is no matter
}

// take decides what becomes of a request: how it is answered, and when not.
func (c *CloudWatch) take(t testing.TB, put PutMetricData) (answer Answer, hung <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	empty := len(put.Data) == 0
	if empty {
		c.asked++
	}
	switch {
	case c.answer != nil && c.left == 0:
		return *c.answer, c.hung
	case empty:
		return Answer{http.StatusBadRequest, "MissingParameter", "The parameter MetricData is required."}, c.hung
	case c.hung == nil || c.taking:
		for _, flaw := range put.flaws(time.Now()) {
			t.Error(flaw)
		}
		c.left--
		c.taken = append(c.taken, put)
		for _, d := range put.Data {
			c.tally[d.ID()] = c.tally[d.ID()].plus(d)
		}
	}
	return Answer{Status: http.StatusOK}, c.hung
}

func (t Tally) plus(d MetricDatum) Tally {
	for i, v := range d.Values {
		t.Sum, t.Count, t.Last = t.Sum+v*d.Counts[i], t.Count+d.Counts[i], v
	}
	return t
}

// readPutMetricData reads a request in the protocol rpc-v2-cbor of Smithy.
func readPutMetricData(r *http.Request) (put PutMetricData, err error) {
	if !strings.HasSuffix(r.URL.Path, "/operation/PutMetricData") || r.Header.Get("smithy-protocol") != "rpc-v2-cbor" {
		return put, fmt.Errorf("%s is no PutMetricData", r.URL.Path)
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(r.Body); err != nil {
			return put, err
		}
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return put, err
	}
	item, rest, err := decodeCBOR(text)
	fields, ok := item.(map[string]any)
	if err != nil || !ok || len(rest) > 0 {
		return put, errors.Join(errCBOR, err)
	}
	put.Bytes = len(text)
	put.Namespace, _ = fields["Namespace"].(string)
	list, _ := fields["MetricData"].([]any)
	for _, item := range list {
		fields, _ := item.(map[string]any)
		put.Data = append(put.Data, newMetricDatum(fields))
	}
	return put, nil
}

func newMetricDatum(fields map[string]any) (d MetricDatum) {
	d.Name, _ = fields["MetricName"].(string)
	d.Unit, _ = fields["Unit"].(string)
	d.Dimensions = map[string]string{}
	dimensions, _ := fields["Dimensions"].([]any)
	for i, item := range dimensions {
		dimension, _ := item.(map[string]any)
		name, _ := dimension["Name"].(string)
		if _, twice := d.Dimensions[name]; twice {
			name = fmt.Sprintf("%s, the %d.", name, i) // which is refused
		}
		d.Dimensions[name], _ = dimension["Value"].(string)
	}
	d.Values, d.Counts = numbers(fields["Values"]), numbers(fields["Counts"])
	if single, ok := fields["Value"].(float64); ok {
		d.Values, d.Counts = append(d.Values, single), append(d.Counts, 1)
	}
	seconds, _ := fields["Timestamp"].(float64)
	d.At = time.UnixMilli(int64(seconds * 1000))
	resolution, _ := fields["StorageResolution"].(float64)
	d.Resolution = int(resolution)
	return d
}

func numbers(item any) (all []float64) {
	list, _ := item.([]any)
	for _, item := range list {
		number, _ := item.(float64)
		all = append(all, number)
	}
	return all
}
