package location

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier/backend/s3backend"
)

const s3Form = "s3://BUCKET/PREFIX"

// s3Place is what the URL of a bucket says.
type s3Place struct {
	bucket, prefix   string
	endpoint, region string
	pathStyle        bool
}

// parseS3 takes the URL of a bucket and of the prefix in it; without one that is
// the default. Its parameters are endpoint=URL, region=NAME, prefix=TEXT for a
// prefix that doesn't end in a slash, and path-style=BOOL, which is true where
// there is an endpoint. Credentials don't belong there.
func parseS3(given string) (Location, error) {
	wrong := func(why string) (Location, error) {
		shown, _, _ := strings.Cut(conceal(given), "?")
		return Location{}, &Error{URL: shown, Why: why}
	}
	if !strings.Contains(given, "://") {
		given = "s3:..." // whatever that is
	}
	u, err := url.Parse(given)
	switch {
	case err != nil || u.Opaque != "" || u.Fragment != "" || u.Host == "":
		return wrong("is no URL of a bucket; want " + s3Form) // err would tell what is in it
	case u.User != nil:
		return wrong("has credentials in it, where others see them; want " + s3Form + ", and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile")
	}
	u.Scheme = string(S3)
	if _, err := placeOf(u); err != nil {
		return wrong(err.Error() + "; want " + s3Form)
	}
	return Location{Scheme: S3, Path: strings.TrimPrefix(u.String(), string(S3)+":")}, nil
}

// placeOf reads the URL. Its errors repeat nothing of it.
func placeOf(u *url.URL) (p s3Place, err error) {
	p = s3Place{bucket: u.Host, prefix: strings.Trim(u.Path, "/")}
	if p.prefix != "" {
		p.prefix += "/"
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return p, errors.New("has parameters that can't be read")
	}
	p.endpoint = query.Get("endpoint")
	p.pathStyle = p.endpoint != ""
	for name, values := range query {
		switch value := values[0]; name {
		case "endpoint":
			e, err := url.Parse(value)
			if err != nil || e.User != nil || e.Host == "" || e.Scheme != "http" && e.Scheme != "https" {
				return p, errors.New("has an endpoint that is no http or https URL of a host alone")
			}
		case "region":
			p.region = value
		case "prefix":
			if p.prefix != "" {
				return p, errors.New("has two prefixes")
			}
			p.prefix = value
		case "path-style":
			if p.pathStyle, err = strconv.ParseBool(value); err != nil {
				return p, errors.New("has a path-style that is neither true nor false")
			}
		default:
			return p, errors.New("has a parameter that is none of endpoint, region, prefix and path-style")
		}
	}
	if p.region == "" && p.endpoint != "" {
		p.region = "us-east-1" // which most servers of others take
	}
	return p, nil
}

// openS3 makes sure that the bucket is there and may be listed. A prefix with
// nothing under it is an empty cache.
func (l Location) openS3(ctx context.Context) (*Store, error) {
	u, err := url.Parse(string(S3) + ":" + l.Path)
	if err != nil {
		return nil, l.wrong(nil, "is no URL of a bucket")
	}
	p, err := placeOf(u)
	if err != nil {
		return nil, l.wrong(nil, "%v", err)
	}
	var opts []func(*config.LoadOptions) error
	if p.region != "" {
		opts = append(opts, config.WithRegion(p.region))
	}
	c, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, l.wrong(err, "can't be reached: %s", oneLine(err))
	}
	client := s3.NewFromConfig(c, func(o *s3.Options) {
		o.UsePathStyle = p.pathStyle
		if p.endpoint != "" {
			o.BaseEndpoint = &p.endpoint
		}
	})
	b := s3backend.NewLocker(client, p.bucket, &s3backend.Options{Prefix: p.prefix})
	s := &Store{Backend: b, Location: l}
	asking, cancel := context.WithTimeout(ctx, s3Patience)
	defer cancel()
	if err := b.Check(asking); err != nil {
		return nil, errors.Join(l.Explain(err), s.Close())
	}
	return s, nil
}

// s3Patience is how long a bucket may take to answer for the first time.
const s3Patience = 30 * time.Second

// explainS3 says of an error of the server what to do about it.
func (l Location) explainS3(err error) error {
	text, ours := strings.CutPrefix(oneLine(err), "s3backend: ")
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return l.wrong(err, "can't be reached: it didn't answer within %v", s3Patience)
	case !ours:
		return err
	}
	return l.wrong(err, "can't be reached: %s; credentials are those of AWS's own programs: in the environment, or in ~/.aws", text)
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
