package s3backend

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cachier-go/cachier/backend"
)

// errChanged says that a condition wasn't met: somebody else wrote or deleted
// the object.
var errChanged = errors.New("s3backend: the object has changed")

// answered is what the server said: its HTTP status and its own word for the
// error; 0 and empty if it didn't.
func answered(err error) (status int, code string) {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && response.Response != nil && response.Response.Response != nil {
		status = response.HTTPStatusCode()
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		code = api.ErrorCode()
	}
	return status, code
}

// toldBy is the time that an error's answer told, or zero.
func toldBy(err error) time.Time {
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok || response.Response == nil || response.Response.Response == nil {
		return time.Time{}
	}
	told, err := http.ParseTime(response.Response.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return told
}

// explain makes of the client's error what package backend asks for.
func (b *Backend) explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	status, code := answered(err)
	switch code {
	case "NoSuchKey", "NotFound":
		return backend.ErrNotFound
	case "PreconditionFailed", "ConditionalRequestConflict":
		return errChanged
	case "InvalidRange":
		return corrupt("empty")
	case "EntityTooLarge":
		return fmt.Errorf("%w: %w", backend.ErrTooLarge, quiet(err))
	case "QuotaExceeded", "NoSpaceLeftOnDevice", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded":
		return fmt.Errorf("%w: %w", backend.ErrFull, quiet(err))
	}
	switch {
	case status == http.StatusNotFound && code == "":
		return backend.ErrNotFound
	case status == http.StatusPreconditionFailed:
		return errChanged
	case status == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%w: %w", backend.ErrTooLarge, quiet(err))
	case status == http.StatusInsufficientStorage:
		return fmt.Errorf("%w: %w", backend.ErrFull, quiet(err))
	}
	return quiet(err)
}

// quietError is the client's error without the URL, in which the key is.
type quietError struct {
	text string
	err  error
}

func (e *quietError) Error() string { return e.text }
func (e *quietError) Unwrap() error { return e.err }

func quiet(err error) error {
	u, ok := errors.AsType[*url.Error](err)
	if !ok {
		return err
	}
	return &quietError{strings.ReplaceAll(err.Error(), u.Error(), u.Err.Error()), err}
}

// stumbled says that a gateway to a file system has just removed the directory
// that a name with a slash stands for, because it had become empty.
func stumbled(err error) bool {
	_, code := answered(err)
	return code == "ExistingObjectIsDirectory"
}

// lacksBulkDelete says that a server doesn't know how to delete many objects at
// once, or not in the way that the client asks for it.
func lacksBulkDelete(err error) bool {
	switch status, code := answered(err); {
	case status == http.StatusNotImplemented, status == http.StatusMethodNotAllowed:
		return true
	default:
		return code == "NotImplemented" || code == "MethodNotAllowed" || code == "MissingContentMD5"
	}
}

// undeleted says how many of many objects weren't deleted, and why the first
// wasn't.
func undeleted(errs []types.Error) error {
	n, first := 0, ""
	for _, e := range errs {
		switch code := aws.ToString(e.Code); code {
		case "NoSuchKey", "NoSuchVersion", "NotFound": // that is what was wanted
		default:
			if n++; n == 1 {
				first = code
			}
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("s3backend: %d objects were not deleted: %s", n, first)
}

// diagnose says which part is wrong of what leads to the bucket.
func (b *Backend) diagnose(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, b.mistake) || errors.Is(err, backend.ErrClosed) {
		return err
	}
	part := "the server can't be asked: look at the endpoint and the region"
	switch status, code := answered(err); {
	case code == "NoSuchBucket" || errors.Is(err, backend.ErrNotFound):
		part = "there is no such bucket at this endpoint"
	case code == "InvalidAccessKeyId", code == "XAdminUserNotFound", code == "SignatureDoesNotMatch", code == "ExpiredToken", code == "InvalidToken":
		part = "the credentials are not valid there"
	case code == "AuthorizationHeaderMalformed", code == "PermanentRedirect", status == http.StatusMovedPermanently:
		part = "the region is another one"
	case code == "AccessDenied", status == http.StatusForbidden:
		part = "these credentials may not list the bucket"
	case code == "RequestTimeTooSkewed":
		part = "this host's clock is wrong"
	case code != "":
		part = "the server refuses"
	case strings.Contains(err.Error(), "get credentials"):
		part = "there are no credentials"
	case status != 0:
		part = "what is at the endpoint doesn't speak S3"
	}
	return &quietError{"s3backend: " + part + ": " + quiet(err).Error(), err}
}
