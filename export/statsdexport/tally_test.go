package statsdexport_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cachier-go/cachier/export/statsdexport"
	"github.com/cachier-go/cachier/metrics"
	"github.com/cachier-go/cachier/metrics/metricstest"
)

// tally does with lines what a server does: it adds counters up, has the last
// value of gauges, and counts the values of timers by their sample rates.
type tally struct {
	mu     sync.Mutex // protects what follows
	format statsdexport.Format
	known  map[string]float64
	wrong  error // the first line that could not be read
}

// add takes a packet in.
func (t *tally) add(packet string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		t.known = map[string]float64{}
	}
	for line := range strings.SplitSeq(packet, "\n") {
		if err := t.line(line); err != nil && t.wrong == nil {
			t.wrong = fmt.Errorf("%q: %w", line, err)
		}
	}
}

func (t *tally) line(line string) error {
	name, rest, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("it has no value")
	}
	rest, tags, _ := strings.Cut(rest, "|#")
	fields := strings.Split(rest, "|")
	value, err := strconv.ParseFloat(fields[0], 64)
	if err != nil || len(fields) < 2 {
		return fmt.Errorf("it has no value: %v", err)
	}
	rate := 1.0
	if len(fields) > 2 {
		if rate, err = strconv.ParseFloat(strings.TrimPrefix(fields[2], "@"), 64); err != nil {
			return err
		}
	}
	key := name + "|" + tags
	switch fields[1] {
	case "c":
		t.known[key] += value / rate
	case "g":
		t.known[key] = value
	case "ms", "d":
		t.known[key] += 1 / rate
	default:
		return fmt.Errorf("a type unheard of")
	}
	return nil
}

// received is what the suite asks for. The name of the series is made here once
// more, by other means.
func (t *tally) received(s metricstest.Series) (float64, bool) {
	name, tags := s.Metric.OTel, ""
	var static []string
	for label := range s.Static {
		static = append(static, label)
	}
	slices.Sort(static)
	if t.format == statsdexport.Plain {
		segments := []string{"cachier"}
		if s.Cache != "" {
			segments = append(segments, statsdexport.Escape(s.Cache))
		}
		for _, label := range static {
			segments = append(segments, statsdexport.Escape(label)+"="+statsdexport.Escape(s.Static[label]))
		}
		segments = append(segments, strings.TrimPrefix(name, "cachier."))
		for _, l := range s.Labels {
			segments = append(segments, statsdexport.Escape(l.Value))
		}
		name = strings.Join(segments, ".")
	} else {
		var all []string
		if s.Cache != "" {
			all = append(all, "cache:"+tag(s.Cache, ""), "backend:memory")
		}
		for _, label := range static {
			key := tag(label, " :=/|,;#@\"\\'{}")
			if reserved(label) || strings.HasPrefix(label, "label_") {
				key = "label_" + key
			}
			all = append(all, key+":"+tag(s.Static[label], ""))
		}
		for _, l := range s.Labels {
			all = append(all, l.Name+":"+l.Value)
		}
		tags = strings.Join(all, ",")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	value, ok := t.known[name+"|"+tags]
	return value, ok
}

// tag escapes what a tag can't have, and more.
func tag(text, more string) string {
	if text == "" {
		return "%"
	}
	var b strings.Builder
	valid := strings.ToValidUTF8(text, "") == text
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c == 127 || c >= 128 && (!valid || more != "") || strings.IndexByte(",|%"+more, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func reserved(label string) bool {
	if label == "cache" || label == "backend" {
		return true
	}
	return slices.ContainsFunc(metrics.Catalog(), func(m metrics.Metric) bool {
		return slices.ContainsFunc(m.Labels, func(l metrics.LabelDef) bool { return l.Name == label })
	})
}
