package suite

import (
	"errors"
	"flag"
	"testing"
	"testing/synctest"
)

// errBubble says that a bubble ended before what ran in it.
var errBubble = errors.New("suite: the simulated time ended early")

// inBubble runs f where time is simulated, so that a day passes in seconds. Only the testing package opens such
// bubbles, so f becomes a test. In a test binary that is a test more. In any other the testing package has to be
// started first, and would end the process after its last test: so that test never ends, and its goroutine stays
// until the process is done.
func inBubble(f func() error) error {
	ended := make(chan error, 1)
	bubble := testing.InternalTest{Name: "bubble", F: func(t *testing.T) {
		err := errBubble
		defer func() {
			ended <- err
			if !testing.Testing() {
				select {}
			}
		}()
		synctest.Test(t, func(*testing.T) { err = f() })
	}}
	tests := []testing.InternalTest{bubble}
	all := func(string, string) (bool, error) { return true, nil }
	if testing.Testing() {
		testing.RunTests(all, tests)
		return <-ended
	}
	testing.Init()
	// The command's own flags are in a set of their own: the testing package must not read them.
	if err := flag.CommandLine.Parse(nil); err != nil {
		return err
	}
	go testing.Main(all, tests, nil, nil)
	return <-ended
}
