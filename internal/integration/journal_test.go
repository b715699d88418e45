package integration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/cachier-go/cachier/metrics"
)

// journal is a log in memory.
type journal struct {
	mu   sync.Mutex // protects text
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// times is how many times the lines are of.
func (j *journal) times() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	times := map[string]bool{}
	for _, at := range timestamp.FindAll(j.text.Bytes(), -1) {
		times[string(at)] = true
	}
	return len(times)
}

var timestamp = regexp.MustCompile(`"Timestamp":\d+`)

// sums adds the lines up.
func (j *journal) sums(t *testing.T) func(cache string, s metrics.Series) (float64, bool) {
	t.Helper()
	all := map[string]float64{}
	for decoder := json.NewDecoder(&j.text); decoder.More(); {
		var line map[string]any
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		delete(line, "_aws")
		labels := map[string]string{}
		for name, value := range line {
			if text, ok := value.(string); ok {
				labels[name] = text
				delete(line, name)
			}
		}
		for name, value := range line {
			if histogram, ok := value.(map[string]any); ok {
				value = histogram["Count"]
			}
			n, _ := value.(float64)
			all[fmt.Sprint(name, labels)] += n
		}
	}
	return func(cache string, s metrics.Series) (float64, bool) {
		labels := map[string]string{"cache": cache}
		for _, l := range s.Labels {
			labels[l.Name] = l.Value
		}
		value, ok := all[fmt.Sprint(strings.TrimPrefix(s.Metric.OTel, "cachier."), labels)]
		return value, ok
	}
}
