package text_test

import (
	"math"
	"testing"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
)

func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{text.Count(0), "0"},
		{text.Count(999), "999"},
		{text.Count(1000), "1,000"},
		{text.Count(1234567), "1,234,567"},
		{text.Percent(math.NaN()), "–"},
		{text.Percent(0), "0.0 %"},
		{text.Percent(0.0001), "<0.1 %"},
		{text.Percent(0.4567), "45.7 %"},
		{text.Percent(0.99999), ">99.9 %"},
		{text.Percent(1), "100.0 %"},
		{text.Duration(-1), "–"},
		{text.Duration(0), "0 s"},
		{text.Duration(85), "85 ns"},
		{text.Duration(1234), "1.23 µs"},
		{text.Duration(9996 * time.Microsecond), "10.0 ms"},
		{text.Duration(123456 * time.Microsecond), "123 ms"},
		{text.Duration(45678 * time.Millisecond), "45.7 s"},
		{text.Duration(12*time.Minute + 3*time.Second), "12m03s"},
		{text.Duration(3*time.Hour + 59*time.Second), "3h00m"},
		{text.Duration(49 * time.Hour), "2d01h"},
		{text.Rate(math.Inf(1)), "–"},
		{text.Rate(12.34), "12.3"},
		{text.Rate(4567.4), "4,567"},
		{text.Rate(12345678), "12.3 million"},
		{text.Bytes(-1), "–"},
		{text.Bytes(1023), "1023 B"},
		{text.Bytes(1536), "1.50 KiB"},
		{text.Bytes(1 << 20), "1.00 MiB"},
		{text.Bytes(math.MaxInt64), "8.00 EiB"},
		{text.Bar(0.5, 4), "██"},
		{text.Bar(1.0/32, 4), "▏"},
		{text.Bar(31.0/32, 4), "███▉"},
		{text.Bar(7, 4), "████"},
		{text.Bar(math.NaN(), 4), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	got := text.Table([]string{"<name", "calls", "<bar"}, [][]string{{"a", "1,000", "█"}, {"über", "–", ""}})
	want := "name  calls  bar\na     1,000  █\nüber      –\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
