package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestIsTest(t *testing.T) {
	for _, c := range []struct {
		args []string
		want bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"/usr/bin/server"}, false},
		{[]string{"/usr/bin/server", "-v", "--bench=x", "test.bench"}, false},
		{[]string{"/usr/bin/server", "test.run"}, false}, // an argument, no flag
		{[]string{"contest"}, false},
		{[]string{"/tmp/go-build1/b001/cachier.test"}, true},
		{[]string{`C:\Temp\cachier.test.exe`}, true},
		{[]string{"cachier.test", "-test.v", "-test.timeout=10m0s"}, true},
		{[]string{"a.out", "-test.run=TestX"}, true}, // go test -c -o a.out
		{[]string{"a.out", "--test.run", "TestX"}, true},
		{[]string{"__debug_bin", "-test.v"}, true},
		{[]string{"cachier.test", "-test.fuzz=FuzzX"}, true},
		{[]string{"cachier.test", "-test.bench="}, true},
		{[]string{"cachier.test", "-test.bench", ""}, true},
		{[]string{"cachier.test", "-test.bench"}, true}, // its value is missing
		{[]string{"cachier.test", "-test.benchtime=1s", "-test.benchmem=true"}, true},
		{[]string{"cachier.test", "-test.bench=."}, false},
		{[]string{"cachier.test", "--test.bench=BenchmarkHit"}, false},
		{[]string{"cachier.test", "-test.v", "-test.bench", "."}, false},
		{[]string{"cachier.test", "-test.bench=.", "-test.run=^$", "-test.count=1"}, false},
	} {
		if got := isTest(c.args); got != c.want {
			t.Errorf("isTest(%q) = %v", c.args, got)
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
