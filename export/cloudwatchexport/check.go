package cloudwatchexport

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// checkTimeout bounds the question that New asks.
const checkTimeout = 5 * time.Second

// check asks whether CloudWatch would take anything. It finds a request without
// data wrong, after it has looked at who sends it.
func (e *Exporter) check(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	region := ""
	ask := func() outcome {
		return e.ask(asking, asking,
			&cloudwatch.PutMetricDataInput{Namespace: &e.options.Namespace, MetricData: []types.MetricDatum{}},
			func(o *cloudwatch.Options) { region = o.Region })
	}
	sent := ask()
	if sent.skewed() {
		sent = ask()
	}
	if setting := sent.setting(); setting != "" {
		return fmt.Errorf("the client has the wrong %s (its region is %q): %w", setting, region, sent.err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if fate := sent.fate(); fate == unsent || fate == inDoubt {
		e.notice.Failed(fmt.Errorf("it could not be asked whether it takes any: %w", sent.err))
	}
	return nil
}
