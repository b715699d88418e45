package cwdata

import (
	"fmt"
	"strings"
)

// What CloudWatch takes, see the reference of PutMetricData and MetricDatum.
const (
	mostDimensions     = 30
	longestName        = 255 // of namespaces, metrics and dimensions
	longestDimension   = 1024
	reservedNamespaces = "AWS/"
)

// CheckNamespace tells why CloudWatch would refuse a namespace, or nil.
func CheckNamespace(namespace string) error {
	switch {
	case namespace == "" || len(namespace) > longestName:
		return fmt.Errorf("it has %d bytes, not 1 to %d", len(namespace), longestName)
	case strings.HasPrefix(namespace, reservedNamespaces):
		return fmt.Errorf("namespaces that begin with %q are Amazon's", reservedNamespaces)
	case strings.HasPrefix(namespace, ":"):
		return fmt.Errorf("it begins with a colon")
	case strings.TrimSpace(namespace) == "":
		return fmt.Errorf("it is blank")
	}
	for _, c := range namespace {
		if !strings.ContainsRune(namespaceCharacters, c) {
			return fmt.Errorf("it may not have %q", c)
		}
	}
	return nil
}

const namespaceCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_/#: "
