package fleet

import (
	"fmt"
	"testing"
	"time"
)

// A window is put together from few records, which cover it without a gap.
func TestPieces(t *testing.T) {
	day := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	at := func(hour, minute int) time.Time {
		return day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	now := at(12, 56).Add(30 * time.Second)
	for _, test := range []struct {
		from, to time.Time
		want     map[string]int
	}{
		{now.Add(-time.Hour), now, map[string]int{"minute": 4, "hour": 1}},
		{at(11, 1), at(12, 1), map[string]int{"minute": 9 + 3, "ten": 5}},
		{at(12, 31), now, map[string]int{"minute": 9, "ten": 2}},
		{at(12, 56), now, map[string]int{"minute": 1}},
		{now.Add(-24 * time.Hour), now, map[string]int{"hour": 25}},
		{at(8, 30), at(8, 40), map[string]int{"hour": 1}},
	} {
		list := pieces(test.from, test.to, now)
		got := map[string]int{}
		for i, p := range list {
			got[p.name]++
			if i > 0 && !p.start(p.number).Equal(list[i-1].start(list[i-1].number+1)) {
				t.Errorf("%v to %v: a gap before %v", test.from, test.to, p)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%v to %v: %v, want %v", test.from, test.to, got, test.want)
		}
		first, last := list[0], list[len(list)-1]
		if first.start(first.number).After(test.from) || last.start(last.number+1).Before(test.to) {
			t.Errorf("%v to %v isn't covered", test.from, test.to)
		}
	}
}
