// Package identity tells functions apart.
package identity

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Of is a text that is the same for equal names and static labels only.
func Of(name string, labels map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", name)
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, " %q=%q", k, labels[k])
	}
	return b.String()
}
