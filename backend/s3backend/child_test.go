package s3backend_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/cachier-go/cachier/internal/testserver"
)

// childVariable makes of this binary, started again, a writer.
const childVariable = "S3BACKEND_TEST_CHILD"

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		var o order
		err := json.Unmarshal([]byte(text), &o)
		if err == nil {
			err = writer(o)
		}
		fmt.Fprintf(os.Stderr, "%v\n", err)
		os.Exit(1)
	}
	access, bucket, end, err := testserver.S3ForMain()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n", err)
		os.Exit(1)
	}
	exampleAccess, exampleBucket = access, bucket
	result := m.Run()
	end()
	os.Exit(result)
}

// order is what a child is told.
type order struct {
	Access testserver.S3Access
	Bucket string
	Seed   uint64
}

// child is another process, which writes until it is killed.
type child struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

// start starts a child and waits until it says that it is ready.
func start(t testing.TB, o order) *child {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	text, err := json.Marshal(o)
	must(t, err)
	c := &child{cmd: exec.Command(self)}
	c.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	c.cmd.Stderr = &c.stderr
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	must(t, c.cmd.Start())
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill() // which is an error if it has ended
		_ = c.cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
		t.Fatalf("a child said %q, %v: %s", line, err, &c.stderr)
	}
	return c
}

// kill ends the child in the middle of whatever it does, and fails the test if
// it had ended by itself.
func (c *child) kill(t testing.TB) {
	t.Helper()
	_ = c.cmd.Process.Kill()
	err := c.cmd.Wait()
	var exit *exec.ExitError
	if c.stderr.Len() > 0 || !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Errorf("a child ended by itself, %v: %s", err, &c.stderr)
	}
}
