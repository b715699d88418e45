package report

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/cachier-go/cachier/benchmarks/suite"
)

// compared are the modules whose versions belong to a report.
var compared = []string{
	"github.com/maypok86/otter/v2", "github.com/dgraph-io/ristretto/v2", "github.com/Yiling-J/theine-go",
	"github.com/hashicorp/golang-lru/v2", "github.com/viccon/sturdyc", "github.com/jellydator/ttlcache/v3",
	"github.com/patrickmn/go-cache", "github.com/bluele/gcache", "github.com/puzpuzpuz/xsync/v4",
	"github.com/prometheus/client_golang", "go.opentelemetry.io/otel/sdk/metric",
}

// Preamble says what a run was: date, machine, versions, n and seeds.
func Preamble(o suite.Options) string {
	var w strings.Builder
	fmt.Fprintf(&w, "- Date: %s\n", time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(&w, "- Machine: %s, %d processors, GOMAXPROCS %d, %s/%s\n",
		processor(), runtime.NumCPU(), runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(&w, "- %s; %s\n", runtime.Version(), strings.Join(versions(), ", "))
	fmt.Fprintf(&w, "- %d interleaved rounds over %d processes (metrics on against off: %d in each), %v a measurement, seed %d\n",
		o.Rounds, o.Processes, o.PairRounds, o.SampleTime, o.Seed)
	fmt.Fprintf(&w, "- %d entries resident, capacity %d; Zipf keys; a TTL of an hour; medians with 95 %% intervals (percentile bootstrap)\n\n",
		o.Resident, o.Capacity)
	return w.String()
}

func versions() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var found []string
	for _, m := range info.Deps {
		if slices.Contains(compared, m.Path) {
			found = append(found, m.Path+" "+m.Version)
		}
	}
	return found
}

// processor returns the processor's name, as far as the system tells.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
