//go:build unix

package testserver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Collector is a running OpenTelemetry Collector. It writes what it receives to
// files, one request a line, in OTLP's JSON.
type Collector struct {
	*Process
	GRPC, HTTP      string // addresses, host and port, that take OTLP
	Metrics, Traces string // paths of the files

	program, config string
}

// StartCollector starts one until the test ends.
func StartCollector(t testing.TB) *Collector {
	t.Helper()
	dir := t.TempDir()
	c := &Collector{
		program: Program(t, "otelcol", builtServers()), config: filepath.Join(dir, "config.yaml"),
		GRPC: FreeAddr(t), HTTP: FreeAddr(t),
		Metrics: filepath.Join(dir, "metrics.json"), Traces: filepath.Join(dir, "traces.json"),
	}
	text := fmt.Sprintf(`
receivers:
  otlp: {protocols: {grpc: {endpoint: %q}, http: {endpoint: %q}}}
exporters:
  file/metrics: {path: %q, flush_interval: 50ms}
  file/traces: {path: %q, flush_interval: 50ms}
service:
  telemetry: {metrics: {level: none}, logs: {level: warn}}
  pipelines:
    metrics: {receivers: [otlp], exporters: [file/metrics]}
    traces: {receivers: [otlp], exporters: [file/traces]}
`, c.GRPC, c.HTTP, c.Metrics, c.Traces)
	if err := os.WriteFile(c.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Restart(t)
	return c
}

// Restart starts it at the same addresses again, after Stop or Kill, until the
// test ends. Its files begin anew.
func (c *Collector) Restart(t testing.TB) {
	t.Helper()
	c.Process = Start(t, c.program, "--config="+c.config)
	Eventually(t, "the Collector starts", func() error {
		for _, addr := range []string{c.GRPC, c.HTTP} {
			conn, err := net.DialTimeout("tcp", addr, time.Second)
			if err != nil {
				return err
			}
			_ = conn.Close()
		}
		return nil
	})
}
