package integration_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/cachier-go/cachier/internal/testserver"
)

// prometheus is a running Prometheus server.
type prometheus struct{ *testserver.Prometheus }

// startPrometheus starts the one that the system has, which scrapes one target
// every second; startPrometheus3 does the same with version 3.
func startPrometheus(t *testing.T, target string) prometheus {
	t.Helper()
	return prometheus{testserver.StartPrometheus(t, scrape("", target))}
}

func startPrometheus3(t *testing.T, target string) prometheus {
	t.Helper()
	return prometheus{testserver.StartPrometheus3(t, scrape("scrape_native_histograms: true", target))}
}

// scrape is a configuration.
func scrape(setting, target string) string {
	return fmt.Sprintf(`
global:
  scrape_interval: 1s
  %s
scrape_configs:
  - job_name: cachier
    static_configs:
      - targets: [%q]
`, setting, target)
}

// sample is one series of an answer: a value or a native histogram.
type sample struct {
	Metric    map[string]string
	Value     *point
	Histogram *histogramPoint
}

type point struct{ value float64 }

func (p *point) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &[]any{new(float64), &text}); err != nil {
		return err
	}
	value, err := strconv.ParseFloat(text, 64)
	p.value = value
	return err
}

type histogramPoint struct {
	count, sum float64
	buckets    []bucket
}

type bucket struct{ low, high, count float64 }

func (h *histogramPoint) UnmarshalJSON(data []byte) error {
	var body struct {
		Count, Sum string
		Buckets    [][4]any // which bounds are inclusive, low, high, count
	}
	if err := json.Unmarshal(data, &[]any{new(float64), &body}); err != nil {
		return err
	}
	number := func(text any) float64 {
		value, err := strconv.ParseFloat(text.(string), 64)
		if err != nil {
			panic(err) // Prometheus writes numbers
		}
		return value
	}
	h.count, h.sum = number(body.Count), number(body.Sum)
	for _, b := range body.Buckets {
		h.buckets = append(h.buckets, bucket{number(b[1]), number(b[2]), number(b[3])})
	}
	return nil
}

// query asks for the value of an expression at this moment.
func (p prometheus) query(expression string) ([]sample, error) {
	response, err := http.Get(p.URL + "/api/v1/query?query=" + url.QueryEscape(expression))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var body struct {
		Status, Error string
		Data          struct{ Result []sample }
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return nil, err
	}
	if body.Status != "success" {
		return nil, fmt.Errorf("%s: %s", expression, body.Error)
	}
	return body.Data.Result, nil
}

// scrapedSince waits until Prometheus has stored a scrape that began after the given time.
func (p prometheus) scrapedSince(t *testing.T, since time.Time) {
	t.Helper()
	testserver.Eventually(t, "Prometheus scrapes", func() error {
		result, err := p.query("max(timestamp(cachier_info))")
		if err != nil {
			return err
		}
		if len(result) == 0 {
			return fmt.Errorf("nothing scraped yet")
		}
		if at := result[0].Value.value; at <= float64(since.UnixMilli())/1000 {
			return fmt.Errorf("the last scrape was at %v", at)
		}
		return nil
	})
}

// one asks for an expression that has one value.
func (p prometheus) one(t *testing.T, expression string) float64 {
	t.Helper()
	result, err := p.query(expression)
	if err != nil {
		t.Fatal(err)
	}
	if len(result) != 1 || result[0].Value == nil {
		t.Fatalf("%s: got %d series, want one value", expression, len(result))
	}
	return result[0].Value.value
}
