package emfexport

import (
	"math"
	"strconv"
)

// appendString appends a string of printable ASCII, which is all that cwdata
// makes.
func appendString(buf []byte, text string) []byte {
	buf = append(buf, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			buf = append(buf, '\\')
		}
		buf = append(buf, text[i])
	}
	return append(buf, '"')
}

// appendNumber appends a number, whole ones without an exponent.
func appendNumber(buf []byte, v float64) []byte {
	if math.Abs(v) < 1e15 && v == math.Trunc(v) {
		return strconv.AppendInt(buf, int64(v), 10)
	}
	return strconv.AppendFloat(buf, v, 'g', -1, 64)
}

// valueDigits are enough to tell the values of all buckets apart.
const valueDigits = 6

// appendHistogram appends values by rising value, and how often each occurred.
func appendHistogram(buf []byte, values, counts []float64) []byte {
	var sum, count float64
	buf = append(buf, `{"Values":`...)
	for i, v := range values {
		buf = strconv.AppendFloat(append(buf, separator(i)), v, 'g', valueDigits, 64)
	}
	buf = append(buf, `],"Counts":`...)
	for i, n := range counts {
		buf = appendNumber(append(buf, separator(i)), n)
		sum, count = sum+n*values[i], count+n
	}
	buf = strconv.AppendFloat(append(buf, `],"Min":`...), values[0], 'g', valueDigits, 64)
	buf = strconv.AppendFloat(append(buf, `,"Max":`...), values[len(values)-1], 'g', valueDigits, 64)
	buf = appendNumber(append(buf, `,"Count":`...), count)
	buf = appendNumber(append(buf, `,"Sum":`...), sum)
	return append(buf, '}')
}

// separator is what comes before the place i of an array.
func separator(i int) byte {
	if i == 0 {
		return '['
	}
	return ','
}
