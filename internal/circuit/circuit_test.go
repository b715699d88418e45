package circuit_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier/internal/circuit"
)

func fail(b *circuit.Breaker, n int) {
	for range n {
		b.Done(circuit.Failure)
	}
}

func TestOpensAfterFailuresInARow(t *testing.T) {
	var b circuit.Breaker
	for range 10 {
		fail(&b, circuit.Threshold-1)
		b.Done(circuit.Success)
	}
	if b.Open() || !b.Allow() {
		t.Fatal("open, though it worked now and then")
	}
	fail(&b, circuit.Threshold)
	if !b.Open() || b.Allow() {
		t.Fatal("closed after failures in a row")
	}
}

func TestOneProbeEachPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b circuit.Breaker
		fail(&b, circuit.Threshold)
		for range 3 {
			time.Sleep(circuit.Pause - time.Nanosecond)
			if b.Allow() {
				t.Fatal("a probe before its time")
			}
			time.Sleep(time.Nanosecond)
			if !b.Allow() {
				t.Fatal("no probe when it was due")
			}
			if b.Allow() {
				t.Fatal("a second probe beside the first")
			}
			b.Done(circuit.Failure)
		}
		time.Sleep(circuit.Pause)
		if !b.Allow() {
			t.Fatal("no probe when it was due")
		}
		b.Done(circuit.Success)
		if b.Open() || !b.Allow() || !b.Allow() {
			t.Fatal("still open after a probe that worked")
		}
	})
}

// Whoever calls now and then does not pay for a slow probe every time.
func TestSlowProbesAreRarer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b circuit.Breaker
		fail(&b, circuit.Threshold)
		time.Sleep(circuit.Pause)
		if !b.Allow() {
			t.Fatal("no probe when it was due")
		}
		time.Sleep(circuit.Pause)
		b.Done(circuit.Failure)
		time.Sleep(circuit.LongPause - time.Nanosecond)
		if b.Allow() {
			t.Fatal("a probe before its time")
		}
		time.Sleep(time.Nanosecond)
		if !b.Allow() {
			t.Fatal("no probe when it was due")
		}
	})
}

func TestProbeThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b circuit.Breaker
		fail(&b, circuit.Threshold)
		time.Sleep(circuit.Pause)
		if !b.Allow() {
			t.Fatal("no probe when it was due")
		}
		b.Done(circuit.Neutral)
		if !b.Open() || !b.Allow() {
			t.Fatal("a probe that was canceled used up the turn")
		}
	})
}

// A breaker that opened inside a bubble, decades ahead, does not stay open for
// decades outside.
func TestOtherAxis(t *testing.T) {
	var b circuit.Breaker
	synctest.Test(t, func(*testing.T) { fail(&b, circuit.Threshold) })
	if !b.Allow() {
		t.Error("no probe")
	}
}
