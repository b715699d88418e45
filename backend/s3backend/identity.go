package s3backend

import (
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Kind returns "s3".
func (b *Backend) Kind() string { return "s3" }

// Identity returns the bucket and the prefix, behind the endpoint's host where
// the client was given an endpoint: buckets of AWS have a name of their own.
// It asks nothing of the server.
func (b *Backend) Identity() string {
	host := ""
	if c, ok := b.client.(interface{ Options() s3.Options }); ok && b.mistake == nil {
		if u, err := url.Parse(aws.ToString(c.Options().BaseEndpoint)); err == nil {
			host = u.Host
		}
	}
	return "s3:" + host + "/" + b.bucket + "/" + b.prefix
}
