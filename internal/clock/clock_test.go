package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestProgramOf(t *testing.T) {
	for _, c := range []struct {
		args []string
		want Program
	}{
		{nil, Ordinary},
		{[]string{""}, Ordinary},
		{[]string{"/usr/bin/server"}, Ordinary},
		{[]string{"/usr/bin/server", "-v", "--bench=x", "test.bench"}, Ordinary},
		{[]string{"/usr/bin/server", "test.run"}, Ordinary}, // an argument, no flag
		{[]string{"contest"}, Ordinary},
		{[]string{"/tmp/go-build1/b001/cachier.test"}, Test},
		{[]string{`C:\Temp\cachier.test.exe`}, Test},
		{[]string{"cachier.test", "-test.v", "-test.timeout=10m0s"}, Test},
		{[]string{"a.out", "-test.run=TestX"}, Test}, // go test -c -o a.out
		{[]string{"a.out", "--test.run", "TestX"}, Test},
		{[]string{"__debug_bin", "-test.v"}, Test},
		{[]string{"cachier.test", "-test.fuzz=FuzzX"}, Test},
		{[]string{"cachier.test", "-test.bench="}, Test},
		{[]string{"cachier.test", "-test.bench", ""}, Test},
		{[]string{"cachier.test", "-test.bench"}, Test}, // its value is missing
		{[]string{"cachier.test", "-test.benchtime=1s", "-test.benchmem=true"}, Test},
		{[]string{"cachier.test", "-test.bench=."}, Benchmark},
		{[]string{"cachier.test", "--test.bench=BenchmarkHit"}, Benchmark},
		{[]string{"cachier.test", "-test.v", "-test.bench", "."}, Benchmark},
		{[]string{"cachier.test", "-test.bench=.", "-test.run=^$", "-test.count=1"}, Benchmark},
	} {
		if got := programOf(c.args); got != c.want {
			t.Errorf("programOf(%q) = %v", c.args, got)
		}
	}
}

func TestAxis(t *testing.T) {
	last := int64(0)
	for range 1000 {
		now := Now()
		if now < last || now == 0 || InBubble(now) {
			t.Fatalf("%d after %d", now, last)
		}
		last = now
	}
	if off := time.Until(Wall(Now())).Abs(); off > time.Minute {
		t.Errorf("now is %v off", off)
	}
}

func TestAxisInABubble(t *testing.T) {
	outside := Now()
	synctest.Test(t, func(t *testing.T) {
		begin, wall := Now(), time.Now()
		if !InBubble(begin) || InBubble(outside) {
			t.Errorf("%d is inside, %d outside", begin, outside)
		}
		time.Sleep(time.Hour)
		if got := Now() - begin; got != int64(time.Hour) {
			t.Errorf("an hour took %v", time.Duration(got))
		}
		if got := Wall(begin); !got.Equal(wall) {
			t.Errorf("Wall is %v, should be %v", got, wall)
		}
	})
	if InBubble(Now()) {
		t.Error("the bubble's clock goes on outside")
	}
}
