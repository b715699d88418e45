// Package text writes numbers, ratios, times and tables for people, the same
// way wherever the command shows them.
package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// None stands where there is no data.
const None = "–"

// Count writes a whole number with its thousands apart: 1,234,567.
func Count(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Percent writes a ratio of 0 to 1 as a percentage with one digit behind the
// point, and NaN, which means no data, as a dash. Only a whole is called
// 100 %, and only nothing 0 %.
func Percent(ratio float64) string {
	p := ratio * 100
	switch {
	case math.IsNaN(p):
		return None
	case p < 100 && p >= 99.95:
		return ">99.9 %"
	case p > 0 && p < 0.05:
		return "<0.1 %"
	}
	return strconv.FormatFloat(p, 'f', 1, 64) + " %"
}

// Duration writes a time with three digits that count: 1.23 ms, 45.6 s,
// 12m30s. Below zero, which means unknown, it is a dash.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return None
	case d == 0:
		return "0 s"
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return three(float64(d)/1e3) + " µs"
	case d < time.Second:
		return three(float64(d)/1e6) + " ms"
	case d < 100*time.Second:
		return three(d.Seconds()) + " s"
	case d < 100*time.Minute:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%02dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

// three writes x, at least 1, with three digits that count.
func three(x float64) string {
	switch {
	case x < 9.995:
		return strconv.FormatFloat(x, 'f', 2, 64)
	case x < 99.95:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

// Rate writes how many a second: 12.3, 4,567, 1.23 million.
func Rate(perSecond float64) string {
	switch {
	case math.IsNaN(perSecond) || math.IsInf(perSecond, 0):
		return None
	case perSecond < 100:
		return strconv.FormatFloat(perSecond, 'f', 1, 64)
	case perSecond < 1e6:
		return Count(uint64(math.Round(perSecond)))
	}
	return three(perSecond/1e6) + " million"
}

// Bytes writes a size in binary units: 512 B, 1.50 MiB.
func Bytes(n int64) string {
	if n < 0 {
		return None
	}
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	x, unit := float64(n)/1024, "KiB"
	for _, next := range []string{"MiB", "GiB", "TiB", "PiB", "EiB"} {
		if x < 999.5 {
			break
		}
		x, unit = x/1024, next
	}
	return three(x) + " " + unit
}

// Bar draws a ratio as a bar of at most width characters; NaN draws nothing.
func Bar(ratio float64, width int) string {
	if math.IsNaN(ratio) {
		return ""
	}
	eighths := int(math.Round(max(0, min(1, ratio)) * float64(width) * 8))
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string("▏▎▍▌▋▊▉"[(rest-1)*3:][:3])
	}
	return bar
}

// Table writes rows under a header, columns apart by two spaces. A column
// whose header starts with "<" (which isn't shown) is aligned to the left, any
// other to the right.
func Table(header []string, rows [][]string) string {
	left := make([]bool, len(header))
	width := make([]int, len(header))
	shown := make([]string, len(header))
	for i, h := range header {
		shown[i], left[i] = strings.CutPrefix(h, "<")
		width[i] = utf8.RuneCountInString(shown[i])
	}
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range append([][]string{shown}, rows...) {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				line.WriteString("  ")
			}
			if left[i] {
				line.WriteString(cell + pad)
			} else {
				line.WriteString(pad + cell)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}
