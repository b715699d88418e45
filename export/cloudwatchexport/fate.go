package cloudwatchexport

import (
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// fate is what became of a request.
type fate uint8

const (
	taken   fate = iota
	refused      // CloudWatch finds its data wrong, and always will
	misset       // the client is set up wrong: repeating it at once is no use
	unsent       // it did not reach CloudWatch, or was turned away for now
	inDoubt      // it was sent, and it was not answered whether it was taken
)

// fate reads an outcome.
func (o outcome) fate() fate {
	var answer smithy.APIError
	answered, status := errors.As(o.err, &answer), statusOf(o.err)
	switch {
	case o.err == nil:
		return taken
	case o.setting() != "":
		return misset
	case o.unwritten, neverLeft(o.err), unsigned(o.err):
		return unsent
	case status/100 == 2:
		return taken // whatever became of the rest of the answer, which has nothing in it
	case status == http.StatusRequestEntityTooLarge:
		return refused // by whoever it was, who need not speak CloudWatch's protocol
	case status == http.StatusInternalServerError, status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return inDoubt // it may have been taken before that went wrong
	case answered && slices.Contains(refusals, answer.ErrorCode()):
		return refused
	case answered, status != 0:
		return unsent // it was turned away
	default:
		return inDoubt
	}
}

// refusals are the errors of PutMetricData that are about the data.
var refusals = []string{
	"InvalidParameterValue", "InvalidParameterValueException", "InvalidParameterCombination", "InvalidParameterCombinationException",
	"MissingParameter", "MissingRequiredParameter", "MissingRequiredParameterException", "InvalidFormat", "InvalidFormatFault",
	"ValidationError", "ValidationException", "SerializationException", "MalformedInput",
}

// statusOf is the status of the answer, 0 if there was none.
func statusOf(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil && answer.Response.Response != nil {
		return answer.HTTPStatusCode()
	}
	return 0
}

// neverLeft reports whether there was no connection to send a request over.
func neverLeft(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial"
}

// setting says which setting of the client an outcome is about, or nothing.
func (o outcome) setting() string {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var answer smithy.APIError
	switch {
	case o.err == nil:
		return ""
	case unsigned(o.err) && o.late:
		return "" // that credentials took too long may pass
	case unsigned(o.err):
		return "credentials" // whatever it was that failed while they were fetched
	case o.skewed():
		return "" // whatever the code says
	case errors.As(o.err, &dns) && dns.IsNotFound, unresolved(o.err):
		return "region, or endpoint"
	case errors.As(o.err, &authority), errors.As(o.err, &host):
		return "endpoint, or lacks the certificate of its authority"
	case misaddressed(o.err), errors.Is(o.err, errPage):
		return "endpoint"
	case errors.As(o.err, &answer) && answer.ErrorCode() != unnamed:
		return settingOfCode(answer)
	}
	switch status := statusOf(o.err); {
	case status/100 == 3, status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return "endpoint" // it is a web server
	}
	return ""
}

// skewed reports whether a request was turned away because the client's clock
// differs from CloudWatch's. The client has learned the time by that: the next is
// signed by it.
func (o outcome) skewed() bool {
	var answer smithy.APIError
	var skew interface{ RetryableError() bool }
	return errors.As(o.err, &answer) && settingOfCode(answer) != "" && errors.As(o.err, &skew) && skew.RetryableError()
}

// unnamed is the code of what answers without one.
const unnamed = "UnknownError"

// unresolved reports whether the client could make no address of its settings.
func unresolved(err error) bool {
	var region *aws.MissingRegionError
	text := err.Error()
	return errors.As(err, &region) || strings.Contains(text, "failed to resolve service endpoint") ||
		strings.Contains(text, "failed to bind endpoint params")
}

// misaddressed reports whether nothing can ever be at the address of a request.
func misaddressed(err error) bool {
	var address *net.AddrError // such as a port that is none
	text := err.Error()
	return errors.As(err, &address) || errors.Is(err, http.ErrSchemeMismatch) ||
		strings.Contains(text, "unsupported protocol scheme") || strings.Contains(text, "no Host in request URL")
}

// unsigned reports whether the client had nothing to sign a request with.
func unsigned(err error) bool {
	text := err.Error()
	return strings.Contains(text, "get identity: ") || strings.Contains(text, "failed to retrieve credentials")
}

func settingOfCode(answer smithy.APIError) string {
	switch answer.ErrorCode() {
	case "SignatureDoesNotMatch", "InvalidSignatureException":
		if strings.Contains(answer.ErrorMessage(), "region") {
			return "region"
		}
		return "credentials"
	case "UnrecognizedClientException", "InvalidClientTokenId", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
		"IncompleteSignature", "IncompleteSignatureException", "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "AuthFailure",
		"NotAuthorized", "OptInRequired", "SubscriptionRequiredException":
		return "credentials"
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		return "permission, which has to allow cloudwatch:PutMetricData"
	case "UnknownOperationException", "UnknownOperation", "InvalidAction":
		return "endpoint"
	}
	return ""
}
