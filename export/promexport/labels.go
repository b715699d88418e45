package promexport

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"

	"github.com/cachier-go/cachier/metrics"
)

// pair makes a label. Names and values come from users, and Prometheus takes valid UTF-8 only.
func pair(name, value string) *dto.LabelPair {
	return &dto.LabelPair{Name: proto.String(name), Value: proto.String(strings.ToValidUTF8(value, "\uFFFD"))}
}

// common returns the labels that all series of a snapshot share, sorted by name.
func (c *Collector) common(s metrics.Snapshot) []*dto.LabelPair {
	pairs := []*dto.LabelPair{pair("backend", s.Backend), pair("cache", s.Name)}
	if c.options.instance && s.Instance != "" {
		pairs = append(pairs, pair("instance", s.Instance))
	}
	taken := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(s.Labels)) {
		pairs = append(pairs, pair(c.catalog.labelName(name, taken), s.Labels[name]))
	}
	sortPairs(pairs)
	return pairs
}

// labelName makes a name that Prometheus takes of one that a user chose for a static label: what isn't a letter, a digit
// or an underscore becomes an underscore, and one that is reserved, or taken by another label of the function, is
// prefixed or numbered.
func (c catalog) labelName(name string, taken map[string]bool) string {
	legal := strings.Map(func(r rune) rune {
		if r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	if c.reserved[legal] || strings.HasPrefix(legal, "__") || legal[0] >= '0' && legal[0] <= '9' {
		legal = "label_" + legal
	}
	free := legal
	for n := 2; taken[free]; n++ {
		free = legal + "_" + strconv.Itoa(n)
	}
	taken[free] = true
	return free
}

// withOwn merges the further labels of one series into the common ones. Both are sorted, as Prometheus wants the result.
func withOwn(common, own []*dto.LabelPair) []*dto.LabelPair {
	if len(own) == 0 {
		return common
	}
	all := make([]*dto.LabelPair, 0, len(common)+len(own))
	for len(common) > 0 && len(own) > 0 {
		if common[0].GetName() < own[0].GetName() {
			all, common = append(all, common[0]), common[1:]
		} else {
			all, own = append(all, own[0]), own[1:]
		}
	}
	return append(append(all, common...), own...)
}

func sortPairs(pairs []*dto.LabelPair) {
	slices.SortFunc(pairs, func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) })
}

// identity is what two snapshots have in common that go into the same series.
func identity(common []*dto.LabelPair) string {
	var b strings.Builder
	for _, p := range common {
		b.WriteString(strconv.Quote(p.GetName()))
		b.WriteString(strconv.Quote(p.GetValue()))
	}
	return b.String()
}
