package entries

import (
	"fmt"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
)

// Text is the usage as a table for people, with a total and what else there is
// to know below.
func (u *Usage) Text(now time.Time) string {
	var rows [][]string
	row := func(namespace, name, versions string, s Sum) {
		rows = append(rows, []string{
			namespace, name, versions, count64(s.Entries), text.Bytes(s.Bytes), count64(s.Expired), age(s.Oldest, now), age(s.Newest, now),
		})
	}
	for _, f := range u.Functions {
		row(cut(f.Namespace), cut(f.Name), fmt.Sprint(f.Versions), f.Sum)
	}
	if len(u.Functions) != 1 {
		row("all", "", "", u.Total)
	}
	return text.Table([]string{"<namespace", "<function", "versions", "entries", "size", "expired", "oldest", "newest"}, rows)
}

// Notes is what the table doesn't say, in whole lines.
func (u *Usage) Notes() string {
	if u.Others.Entries == 0 {
		return ""
	}
	return fmt.Sprintf("Beside these there are %s that no cached function made.\n", Entries(u.Others.Entries))
}

// Entries writes a number of entries: "1 entry", "2,000 entries".
func Entries(n int64) string { return plural(n, "entry", "entries") }

func plural(n int64, one, many string) string {
	switch {
	case n < 0:
		return "an unknown number of " + many
	case n == 1:
		return "1 " + one
	}
	return count64(n) + " " + many
}

// Expired writes a number of expired entries.
func Expired(n int64) string { return plural(n, "expired entry", "expired entries") }

// Files writes a number of left-over files.
func Files(n int64) string { return plural(n, "left-over file", "left-over files") }

func count64(n int64) string { return text.Count(uint64(max(0, n))) }

func age(t, now time.Time) string {
	if t.IsZero() {
		return text.None
	}
	return text.Duration(max(0, now.Sub(t)))
}

// cut shortens what stands for a part that was stored by its hash.
func cut(name string) string {
	if len(name) == 65 && name[0] == '#' {
		return name[:13] + "…"
	}
	return name
}
