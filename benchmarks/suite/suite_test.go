package suite_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/benchmarks/suite"
)

func TestSamplesSurviveTheFile(t *testing.T) {
	want := []suite.Sample{
		{Part: "hits", Process: 1, Round: 2, Position: 3, Case: "string", Subject: "otter, stats on", Goroutines: 2, Unit: "ns/op", Value: 47.25},
		{Part: "ratios", Case: "web @ 1 %", Subject: "cachier", Unit: "hit ratio", Value: 0.5},
	}
	var file bytes.Buffer
	w := suite.NewWriter(&file)
	for _, s := range want {
		w.Write(s)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var got []suite.Sample
	if err := suite.Read(&file, func(s suite.Sample) { got = append(got, s) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("read %+v, wrote %+v", got, want)
	}
}

func TestBrokenSamplesAreRefused(t *testing.T) {
	const header = "part,process,round,position,case,subject,goroutines,unit,value\n"
	for _, line := range []string{"hits,0,0\n", "hits,x,0,0,string,cachier,1,ns/op,1\n", "hits,0,0,0,string,cachier,1,ns/op,much\n"} {
		if err := suite.Read(strings.NewReader(header+line), func(suite.Sample) {}); err == nil {
			t.Errorf("no error for %q", line)
		}
	}
}

// However rounds are spread over processes, none is lost.
func TestEveryPartHasTasks(t *testing.T) {
	for _, name := range suite.Parts() {
		tasks, err := suite.Tasks(name, suite.Defaults())
		if err != nil || len(tasks) == 0 {
			t.Errorf("%s: %d tasks, %v", name, len(tasks), err)
		}
		for i, task := range tasks {
			if task.Part != name || task.Process != i {
				t.Errorf("%s: task %d is %+v", name, i, task)
			}
		}
	}
	if _, err := suite.Tasks("nothing", suite.Defaults()); err == nil {
		t.Error("no error for a part that isn't there")
	}
}
