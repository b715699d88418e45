package cloudwatchexport

import (
	"context"
	"errors"
	"net/http/httptrace"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// outcome is how one request ended.
type outcome struct {
	err       error
	unwritten bool // not even the beginning of it went out; false if nobody knows
	late      bool // its time was over
}

// ask sends one request, once, within ctx. Its time is over when that of bound is.
func (e *Exporter) ask(ctx, bound context.Context, in *cloudwatch.PutMetricDataInput, set ...func(*cloudwatch.Options)) outcome {
	var w written
	_, err := e.client.PutMetricData(ctx, in, append(set, once, w.watch)...)
	if w.page.Load() {
		err = errPage
	}
	return outcome{err: err, unwritten: w.sought.Load() && !w.began.Load(), late: bound.Err() != nil}
}

// errPage is the error of a request that something else than CloudWatch has taken.
var errPage = errors.New("what answers is no CloudWatch: it sent a page of HTML")

// once switches the client's own repetitions off, which know neither of the
// deadline of an export nor of AtMostOnce.
func once(o *cloudwatch.Options) { o.RetryMaxAttempts = 1 }

// written is how far a request got. The transport tells, from goroutines of its
// own; a client that has another transport than net/http's tells nothing.
type written struct {
	sought atomic.Bool // a connection
	began  atomic.Bool // its head is in the connection's buffer, or beyond
	page   atomic.Bool // it was answered well, and by HTML
}

// watch is an option of a request. It looks at the last step only: what fetches
// credentials has the same context, and requests of its own.
func (w *written) watch(o *cloudwatch.Options) {
	trace := &httptrace.ClientTrace{
		GetConn:      func(string) { w.sought.Store(true) },
		WroteHeaders: func() { w.began.Store(true) },
	}
	traced := func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
		middleware.DeserializeOutput, middleware.Metadata, error,
	) {
		out, metadata, err := next.HandleDeserialize(httptrace.WithClientTrace(ctx, trace), in)
		if answer, ok := out.RawResponse.(*smithyhttp.Response); ok {
			w.page.Store(answer.StatusCode/100 == 2 && strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html"))
		}
		return out, metadata, err
	}
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("cachier:written", traced), middleware.After)
	})
}
