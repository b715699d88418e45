package emfexport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachier-go/cachier/internal/testserver"
)

// journal takes lines as CloudWatch does, holds them against the specification of the
// format, and adds their metrics up.
type journal struct {
	mu    sync.Mutex // protects what follows
	half  []byte     // of a line
	lines []string
	tally map[string]testserver.Tally
	wrong []string
	left  int // how many writes it takes; negative: all
	cut   int // how much it takes of the write that fails
}

var errFull = errors.New("told to fail")

func newJournal(t testing.TB) *journal {
	l := &journal{left: -1, tally: map[string]testserver.Tally{}}
	t.Cleanup(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, text := range l.wrong {
			t.Error(text)
		}
	})
	return l
}

func (l *journal) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := len(b), error(nil)
	if l.left == 0 {
		n, err = min(l.cut, n), errFull
	} else {
		l.left--
	}
	l.half = append(l.half, b[:n]...)
	for {
		text, rest, ok := bytes.Cut(l.half, []byte("\n"))
		if !ok {
			return n, err
		}
		if err := l.line(text); err != nil {
			l.wrong = append(l.wrong, fmt.Sprintf("%v in %.300s", err, text))
		}
		l.lines = append(l.lines, string(text))
		l.half = append([]byte(nil), rest...)
	}
}

func (l *journal) breakAfter(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = n
}

func (l *journal) mend() { l.breakAfter(-1) }

// id is what CloudWatch knows a metric by.
func id(name string, dimensions map[string]string) string {
	return fmt.Sprintf("%s %q", name, dimensions)
}

func (l *journal) of(name string, dimensions map[string]string) (testserver.Tally, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.tally[id(name, dimensions)]
	return t, ok
}

// document is what has to be in a line.
type document struct {
	AWS struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct {
				Name, Unit        string
				StorageResolution int
			}
		}
	} `json:"_aws"`
}

type histogram struct {
	Values, Counts       []float64
	Min, Max, Count, Sum float64
}

// line reads one line. The rules are those of the specification and of its JSON
// schema.
func (l *journal) line(text []byte) error {
	var d document
	var members map[string]json.RawMessage
	strict := json.NewDecoder(bytes.NewReader(text))
	if err := errors.Join(json.Unmarshal(text, &d), strict.Decode(&members), unique(text)); err != nil {
		return err
	}
	if len(d.AWS.CloudWatchMetrics) != 1 {
		return fmt.Errorf("%d directives", len(d.AWS.CloudWatchMetrics))
	}
	at := time.UnixMilli(d.AWS.Timestamp)
	if age := time.Since(at); age > 14*24*time.Hour || age < -2*time.Hour {
		return fmt.Errorf("it is of %v", at)
	}
	directive := d.AWS.CloudWatchMetrics[0]
	if n := len(directive.Namespace); n < 1 || n > 255 {
		return fmt.Errorf("the namespace %q", directive.Namespace)
	}
	if len(directive.Dimensions) != 1 || len(directive.Dimensions[0]) > 30 {
		return fmt.Errorf("the dimensions %q", directive.Dimensions)
	}
	dimensions := map[string]string{}
	for _, name := range directive.Dimensions[0] {
		var value string
		if err := json.Unmarshal(members[name], &value); err != nil {
			return fmt.Errorf("the dimension %q: %w", name, err)
		}
		if !legal(name, 255) || !legal(value, 1024) {
			return fmt.Errorf("the dimension %q is %q", name, value)
		}
		dimensions[name] = value
	}
	if n := len(directive.Metrics); n < 1 || n > 100 {
		return fmt.Errorf("%d metrics", n)
	}
	if len(members) != 1+len(dimensions)+len(directive.Metrics) {
		return fmt.Errorf("%d members for %d dimensions and %d metrics", len(members), len(dimensions), len(directive.Metrics))
	}
	for _, m := range directive.Metrics {
		if !legal(m.Name, 255) || !strings.Contains(" Seconds Milliseconds Bytes Percent Count None ", " "+m.Unit+" ") {
			return fmt.Errorf("the metric %+v", m)
		}
		if m.StorageResolution != 0 && m.StorageResolution != 1 && m.StorageResolution != 60 {
			return fmt.Errorf("the resolution of %+v", m)
		}
		t, err := read(members[m.Name], l.tally[id(m.Name, dimensions)])
		if err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		l.tally[id(m.Name, dimensions)] = t
	}
	return nil
}

// read adds the value of a metric to what is known of it.
func read(text json.RawMessage, t testserver.Tally) (testserver.Tally, error) {
	var h histogram
	if text[0] != '{' {
		h.Values, h.Counts = make([]float64, 1), []float64{1}
		if err := json.Unmarshal(text, &h.Values[0]); err != nil {
			return t, err
		}
		h.Count, h.Sum = 1, h.Values[0]
		h.Min, h.Max = h.Sum, h.Sum
	} else if err := json.Unmarshal(text, &h); err != nil {
		return t, err
	}
	if n := len(h.Values); n == 0 || n > 100 || n != len(h.Counts) {
		return t, fmt.Errorf("%d values, %d counts", n, len(h.Counts))
	}
	var sum, count float64
	for i, v := range h.Values {
		if v < h.Min || v > h.Max || h.Counts[i] <= 0 || i > 0 && v <= h.Values[i-1] {
			return t, fmt.Errorf("%v, %v times", v, h.Counts[i])
		}
		t.Sum, t.Count, t.Last = t.Sum+v*h.Counts[i], t.Count+h.Counts[i], v
		sum, count = sum+v*h.Counts[i], count+h.Counts[i]
	}
	if count != h.Count || math.Abs(sum-h.Sum) > 1e-5*math.Abs(sum) {
		return t, fmt.Errorf("the count is %v, the sum %v, want %v and %v", h.Count, h.Sum, count, sum)
	}
	return t, nil
}

// unique finds members that come twice, which decoding hides.
func unique(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	seen, depth, key := map[string]bool{}, 0, false
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil // the end; a mistake was found before
		}
		switch token := token.(type) {
		case json.Delim:
			if token == '{' || token == '[' {
				depth++
			} else {
				depth--
			}
			key = depth == 1
		case string:
			if depth == 1 && key {
				if seen[token] {
					return fmt.Errorf("%q comes twice", token)
				}
				seen[token] = true
			}
			key = depth == 1 && !key
		default:
			key = depth == 1
		}
	}
}

func legal(text string, longest int) bool {
	return strings.TrimSpace(text) != "" && len(text) <= longest && text[0] != ':' &&
		!strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
}
