//go:build unix

package testserver

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// Moto is a running CloudWatch of moto's, which keeps what it gets. In front of it
// is a program that speaks as AWS's SDK for Go does, and holds requests against
// AWS's own model of the service.
type Moto struct {
	*Process
	URL string
}

//go:embed cloudwatch_moto.py
var motoProgram []byte

// StartMoto starts one until the test ends. It takes a python3 that has moto and
// botocore, which no script installs.
func StartMoto(t testing.TB) *Moto {
	t.Helper()
	path := Program(t, "python3")
	program := filepath.Join(t.TempDir(), "cloudwatch_moto.py")
	if err := os.WriteFile(program, motoProgram, 0o600); err != nil {
		t.Fatal(err)
	}
	addr := FreeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	m := &Moto{Process: Start(t, path, program, port), URL: "http://" + addr}
	Eventually(t, "moto starts", func() error {
		_, err := m.Statistics("none", "none", nil)
		return err
	})
	return m
}

// MotoStatistics are what moto knows of a metric of this hour: its
// GetMetricStatistics, and percentiles of all values that it keeps.
type MotoStatistics struct {
	Datapoints, Kept          int
	Sum, SampleCount, Maximum float64
	P50, P99                  float64
	Unit                      string
}

// Statistics returns those of one metric.
func (m *Moto) Statistics(namespace, name string, dimensions map[string]string) (s MotoStatistics, err error) {
	if dimensions == nil {
		dimensions = map[string]string{}
	}
	text, err := json.Marshal(dimensions)
	if err != nil {
		return s, err
	}
	query := url.Values{"namespace": {namespace}, "name": {name}, "dimensions": {string(text)}}
	response, err := http.Get(m.URL + "/statistics?" + query.Encode())
	if err != nil {
		return s, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return s, fmt.Errorf("moto answers %s", response.Status)
	}
	return s, json.NewDecoder(response.Body).Decode(&s)
}
