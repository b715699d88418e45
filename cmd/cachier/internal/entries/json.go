package entries

import (
	"encoding/json"
	"time"
)

// row is an entry as JSON. README.md describes it.
type row struct {
	Namespace string   `json:"namespace"`
	Function  string   `json:"function"`
	Version   string   `json:"version"`
	Key       *string  `json:"key"`
	KeyHash   *string  `json:"key_sha256"`
	Size      *int64   `json:"size"`
	Created   *string  `json:"created"`
	Age       *float64 `json:"age"`
	Expires   *string  `json:"expires"`
	Expired   bool     `json:"expired"`
}

// JSON returns the entry as one line of JSON, without its end.
func (e Entry) JSON(now time.Time) ([]byte, error) {
	r := row{
		Namespace: e.Parts.Namespace.String(), Function: e.Parts.Name.String(), Version: e.Parts.Version.String(),
		Size: known(e.Size), Created: stamp(e.Created), Expires: stamp(e.Expires), Expired: e.Expired(now),
	}
	if e.Parts.Key.Hashed {
		r.KeyHash = &e.Parts.Key.Text
	} else {
		r.Key = &e.Parts.Key.Text
	}
	if age := e.age(now); age >= 0 {
		s := age.Seconds()
		r.Age = &s
	}
	return json.Marshal(r)
}

func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339Nano)
	return &s
}

type sumJSON struct {
	Entries int64   `json:"entries"`
	Bytes   *int64  `json:"bytes"`
	Expired int64   `json:"expired"`
	Oldest  *string `json:"oldest"`
	Newest  *string `json:"newest"`
}

func (s Sum) json() sumJSON {
	return sumJSON{s.Entries, known(s.Bytes), s.Expired, stamp(s.Oldest), stamp(s.Newest)}
}

type functionJSON struct {
	Namespace string `json:"namespace"`
	Function  string `json:"function"`
	Versions  int    `json:"versions"`
	sumJSON
}

// usageJSON is a Usage, and what was done to it, as JSON. README.md describes
// it.
type usageJSON struct {
	Complete  bool           `json:"complete"`
	Store     string         `json:"store"`
	DryRun    *bool          `json:"dry_run,omitempty"`
	Deleted   *int64         `json:"deleted,omitempty"`
	LeftOver  *int64         `json:"left_over_files,omitempty"`
	Functions []functionJSON `json:"functions"`
	Total     sumJSON        `json:"total"`
	Others    sumJSON        `json:"others"`
}

func (u *Usage) json(store string) usageJSON {
	v := usageJSON{Complete: u.Complete, Store: store, Functions: []functionJSON{}, Total: u.Total.json(), Others: u.Others.json()}
	for _, f := range u.Functions {
		v.Functions = append(v.Functions, functionJSON{f.Namespace, f.Name, f.Versions, f.Sum.json()})
	}
	return v
}

// JSON returns the usage of the store as one value of JSON.
func (u *Usage) JSON(store string) ([]byte, error) {
	return json.MarshalIndent(u.json(store), "", "  ")
}

// JSON returns what was done as one value of JSON, with the usage as it was
// before, which may be nil. In a dry run nothing was.
func (r Removed) JSON(store string, dry bool, before *Usage) ([]byte, error) {
	if before == nil {
		before = &Usage{}
	}
	v := before.json(store)
	v.Complete, v.DryRun, v.Deleted, v.LeftOver = r.Complete, &dry, known(r.Entries), &r.Files
	return json.MarshalIndent(v, "", "  ")
}
