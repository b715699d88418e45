package fleet

import (
	"slices"

	"github.com/cachier-go/cachier/metrics"
)

// What an answer can be grouped by, beside the names of labels.
const (
	Function = "function" // its name, whatever its static labels
	Instance = "instance"
	Version  = "version"
)

// Group is a sum of an answer.
type Group struct {
	Values   []string // of what it was grouped by, in that order; "" where a part has none
	Snapshot metrics.Snapshot
}

// By returns the sums of all parts that have the same values of each key, in the
// order of the values. A key is [Function], [Instance], [Version] or the name of
// a label, of the start or else of the function. Without a key all are one group;
// without parts there is none. The slices are the caller's.
func (a *Answer) By(keys ...string) (groups []Group) {
	for _, p := range a.Parts {
		values := make([]string, len(keys))
		for i, key := range keys {
			values[i] = p.value(key)
		}
		i, ok := slices.BinarySearchFunc(groups, values, func(g Group, values []string) int {
			return slices.Compare(g.Values, values)
		})
		if !ok {
			groups = slices.Insert(groups, i, Group{Values: values})
		}
		groups[i].Snapshot = groups[i].Snapshot.Plus(p.Snapshot)
	}
	return groups
}

func (p Part) value(key string) string {
	if key == Function {
		return p.Snapshot.Name
	}
	if p.Start != nil {
		switch key {
		case Instance:
			return p.Start.Instance
		case Version:
			return p.Start.Version
		}
		if v, ok := p.Start.Labels[key]; ok {
			return v
		}
	}
	return p.Snapshot.Labels[key]
}
