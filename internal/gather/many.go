package gather

import "context"

// Many makes what a group fetches by of something that returns what there is
// under several keys. absent is the error for a key that there is nothing under;
// own makes a copy that shares no memory, for those who ask for the same key.
func Many[V any](getMany func(ctx context.Context, keys []string) (map[string]V, error), absent error, own func(V) V,
) func(ctx context.Context, keys []string) []Result[V] {
	return func(ctx context.Context, keys []string) []Result[V] {
		results := make([]Result[V], len(keys))
		found, err := getMany(ctx, keys)
		given := make(map[string]bool, len(found))
		for i, key := range keys {
			r := &results[i]
			switch v, ok := found[key]; {
			case err != nil:
				r.Err = err
			case !ok:
				r.Err = absent
			case given[key]:
				r.Value = own(v)
			default:
				r.Value, given[key] = v, true
			}
		}
		return results
	}
}
