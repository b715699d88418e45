//go:build unix

package testserver

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// Prometheus is a running Prometheus server, which keeps native histograms.
type Prometheus struct {
	*Process
	URL string
}

// StartPrometheus starts the Prometheus that the system has, of version 2 or
// later, with the given configuration, in YAML, until the test ends.
func StartPrometheus(t testing.TB, config string) *Prometheus {
	t.Helper()
	return startPrometheus(t, Program(t, "prometheus"), config, "--enable-feature=native-histograms")
}

// StartPrometheus3 does the same with version 3, which also takes what is pushed
// to it by OTLP, at [Prometheus.OTLP]. It scrapes native histograms where the
// configuration has scrape_native_histograms.
func StartPrometheus3(t testing.TB, config string) *Prometheus {
	t.Helper()
	return startPrometheus(t, Program(t, "prometheus3", builtServers()), config, "--web.enable-otlp-receiver")
}

// OTLP is the URL that metrics are pushed to by HTTP.
func (p *Prometheus) OTLP() string { return p.URL + "/api/v1/otlp/v1/metrics" }

func startPrometheus(t testing.TB, path, config string, flags ...string) *Prometheus {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := FreeAddr(t)
	p := &Prometheus{URL: "http://" + addr}
	p.Process = Start(t, path, append(flags, "--config.file="+file, "--web.listen-address="+addr,
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--log.level=warn")...)
	Eventually(t, "Prometheus starts", func() error {
		response, err := http.Get(p.URL + "/-/ready")
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("status %s", response.Status)
		}
		return nil
	})
	return p
}
