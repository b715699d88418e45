package metrics_test

import (
	"fmt"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// A window is the recent past, and says which span it really covers.
func ExampleRecorder_Window() {
	rec, _ := metrics.NewRecorder("users.fetch", metrics.RecorderOptions{})
	rec.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Microsecond, Age: time.Second})

	hour := rec.Window(time.Hour)
	fmt.Println("calls:", hour.Calls())
	fmt.Println("covers an hour:", hour.To.Sub(hour.From) == time.Hour, "(the recorder is younger)")
	fmt.Println("nothing at all:", rec.Window(0).HitRatio())
	// Output:
	// calls: 1
	// covers an hour: false (the recorder is younger)
	// nothing at all: NaN
}
