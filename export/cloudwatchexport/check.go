package cloudwatchexport

import (
	"context"
	"errors"
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
	_, err := e.client.PutMetricData(asking,
		&cloudwatch.PutMetricDataInput{Namespace: &e.options.Namespace, MetricData: []types.MetricDatum{}},
		once, func(o *cloudwatch.Options) { region = o.Region })
	if setting := settingOf(err); setting != "" {
		return fmt.Errorf("the client has a wrong %s (its region is %q): %w", setting, region, err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if fate := fateOf(err); fate == unsent || fate == inDoubt {
		e.notice.Failed(errors.Join(errors.New("it could not be asked whether it takes any"), err))
	}
	return nil
}
