package cloudwatchexport

import (
	"context"
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
	inDoubt      // it was sent and not answered
)

// fateOf reads an error.
func fateOf(err error) fate {
	var answer smithy.APIError
	switch {
	case err == nil:
		return taken
	case settingOf(err) != "":
		return misset
	case errors.As(err, &answer):
		if status := statusOf(err); status == http.StatusRequestEntityTooLarge || slices.Contains(refusals, answer.ErrorCode()) {
			return refused
		}
		return unsent
	case statusOf(err) != 0:
		return unsent // what was answered was not understood, and was no success
	case neverLeft(err), unsigned(err):
		return unsent
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

// settingOf says which setting of the client an error is about, or nothing.
func settingOf(err error) string {
	var dns *net.DNSError
	var region *aws.MissingRegionError
	var answer smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &dns) && dns.IsNotFound, errors.As(err, &region), strings.Contains(err.Error(), "Missing Region"):
		return "region, or endpoint"
	case errors.As(err, &answer):
		return settingOfCode(answer)
	case unsigned(err) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled):
		return "credentials" // that they took too long may pass
	}
	return ""
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
