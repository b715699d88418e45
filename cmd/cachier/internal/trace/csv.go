package trace

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const wantCSV = "time,key,size,cost such as 12.5,user:42,1024,0.05 (seconds or RFC 3339, any text, bytes, seconds or a duration like 50ms; size and cost may be left out)"

// csvs reads comma-separated accesses. Without a header the columns are time,
// key, size and cost, of which the last two may be missing. A header, known by
// its column "key", may order them as it likes, leave out all but the key, and
// name others, which are passed over.
type csvs struct {
	name   string
	r      *csv.Reader
	column [4]int // where time, key, size and cost stand; -1 where they don't
	width  int
	clock  clock
	stamps bool     // times are RFC 3339
	first  []string // the first line, where it was no header
}

// The columns that mean something.
const (
	colTime = iota
	colKey
	colSize
	colCost
)

var columnNames = [4]string{"time", "key", "size", "cost"}

func newCSV(b *bufio.Reader, name string) (*csvs, error) {
	if err := skipBOM(b); err != nil {
		return nil, err
	}
	c := &csvs{name: name, r: csv.NewReader(&whole{r: b, name: name})}
	c.r.FieldsPerRecord = -1 // counted here, to say what is missing
	c.r.ReuseRecord = true
	c.r.TrimLeadingSpace = true
	record, err := c.read()
	if err != nil {
		return nil, err
	}
	c.width = len(record)
	if isHeader(record) {
		return c, c.header(record)
	}
	c.column = [4]int{colTime, colKey, colSize, colCost}
	for i := range c.column {
		if c.column[i] >= c.width {
			c.column[i] = -1
		}
	}
	if c.width < 2 || c.width > 4 {
		return nil, c.wrong(fmt.Sprintf("has %d columns and no header names them", c.width), wantCSV)
	}
	_, err = strconv.ParseFloat(strings.TrimSpace(record[colTime]), 64)
	c.stamps = err != nil
	c.first = record
	return c, nil
}

func isHeader(record []string) bool {
	for _, field := range record {
		if columnName(field) == columnNames[colKey] {
			return true
		}
	}
	return false
}

func columnName(field string) string { return strings.ToLower(strings.TrimSpace(field)) }

func (c *csvs) header(record []string) error {
	for i, name := range columnNames {
		c.column[i] = -1
		for at, field := range record {
			if columnName(field) != name {
				continue
			}
			if c.column[i] >= 0 {
				return c.wrong("the header has two columns "+name, "each name once")
			}
			c.column[i] = at
		}
	}
	first, err := c.read()
	if err != nil {
		return err
	}
	if at := c.column[colTime]; at >= 0 && at < len(first) {
		_, err = strconv.ParseFloat(strings.TrimSpace(first[at]), 64)
		c.stamps = err != nil
	}
	c.first = first
	return nil
}

// looksLikeCSV tells a CSV from a list of keys by its first line.
func looksLikeCSV(line string) bool {
	record, err := csv.NewReader(strings.NewReader(line)).Read()
	if err != nil || len(record) < 2 {
		return false
	}
	if isHeader(record) {
		return true
	}
	if len(record) > 4 {
		return false
	}
	at := strings.TrimSpace(record[colTime])
	_, notSeconds := strconv.ParseFloat(at, 64)
	_, notStamp := time.Parse(time.RFC3339, at)
	return notSeconds == nil || notStamp == nil
}

func (c *csvs) columns() Columns {
	return Columns{Time: c.column[colTime] >= 0, Size: c.column[colSize] >= 0, Cost: c.column[colCost] >= 0}
}

func (c *csvs) next(a *Access) error {
	record := c.first
	if c.first = nil; record == nil {
		var err error
		if record, err = c.read(); err != nil {
			return err
		}
	}
	if len(record) != c.width {
		return c.wrong(fmt.Sprintf("has %d columns, the first line has %d", len(record), c.width), wantCSV)
	}
	*a = Access{Size: -1, Cost: -1}
	for i, at := range c.column {
		if at < 0 {
			continue
		}
		if err := c.set(a, i, record[at]); err != nil {
			return c.wrong(fmt.Sprintf("%s %s %v", columnNames[i], quoted(record[at]), err), wantCSV)
		}
	}
	return nil
}

var (
	errTime = errors.New("is neither seconds nor RFC 3339")
	errSize = errors.New("isn't a whole number of bytes")
	errCost = errors.New("is neither seconds nor a duration like 50ms")
	errSign = errors.New("is negative")
)

// set reads one field. A size or cost left empty is unknown, which isn't zero.
func (c *csvs) set(a *Access, column int, field string) (err error) {
	switch field = strings.TrimRight(field, " \t"); column {
	case colTime:
		a.Time, err = c.time(field)
	case colKey:
		// The field shares its memory with the whole line.
		if a.Key = strings.Clone(field); field == "" {
			err = errors.New("is empty")
		}
	case colSize:
		if field == "" {
			return nil
		}
		if a.Size, err = strconv.ParseInt(field, 10, 64); err != nil {
			return errSize
		}
		if a.Size < 0 {
			return errSign
		}
	case colCost:
		if field != "" {
			a.Cost, err = parseCost(field)
		}
	}
	return err
}

func (c *csvs) time(field string) (time.Duration, error) {
	if c.stamps {
		t, err := time.Parse(time.RFC3339, field)
		if err != nil {
			return 0, errTime
		}
		return c.clock.atInstant(t)
	}
	s, err := strconv.ParseFloat(field, 64)
	if err != nil {
		return 0, errTime
	}
	return c.clock.atSeconds(s)
}

func parseCost(field string) (time.Duration, error) {
	d, err := time.ParseDuration(field)
	if s, notNumber := strconv.ParseFloat(field, 64); notNumber == nil {
		if math.IsNaN(s) || s*1e9 >= math.MaxInt64 {
			return 0, errCost
		}
		d, err = time.Duration(max(s, -1)*1e9), nil
	}
	switch {
	case err != nil:
		return 0, errCost
	case d < 0:
		return 0, errSign
	}
	return d, nil
}

// read returns the next line's fields.
func (c *csvs) read() ([]string, error) {
	record, err := c.r.Read()
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return nil, &Error{Name: c.name, Line: int64(bad.Line), Offset: -1, What: "isn't CSV (" + bad.Err.Error() + ")", Want: wantCSV}
	}
	return record, err
}

// wrong is about the line read last.
func (c *csvs) wrong(what, want string) error {
	line, _ := c.r.FieldPos(0)
	return &Error{Name: c.name, Line: int64(line), Offset: -1, What: what, Want: want}
}
