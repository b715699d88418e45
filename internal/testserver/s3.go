//go:build unix

package testserver

import (
	"cmp"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// S3 is a running server that speaks S3, over files.
type S3 struct {
	*Process
	Addr   string
	Bucket string // it is there, and empty
	Dir    string // of the bucket: one file for each object
	S3Access

	program string
}

// S3Access is what a client needs.
type S3Access struct {
	Endpoint, Region     string
	AccessKey, SecretKey string
}

const (
	s3Program   = "versitygw"
	s3Bucket    = "cachier-test"
	s3AccessKey = "cachier"
	s3SecretKey = "a-secret-for-tests"
)

// StartS3 starts a server with an empty bucket, until the test ends.
func StartS3(t testing.TB) *S3 {
	t.Helper()
	s := &S3{Addr: FreeAddr(t), Bucket: s3Bucket, program: Program(t, s3Program, builtServers())}
	s.S3Access = s3At(s.Addr)
	s.Dir = filepath.Join(t.TempDir(), s3Bucket)
	if err := os.Mkdir(s.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.Restart(t)
	return s
}

// Restart serves the same objects at the same address again, after Stop or Kill,
// until the test ends.
func (s *S3) Restart(t testing.TB) {
	t.Helper()
	s.Process = run(t, s3Command(s.program, s.Addr, filepath.Dir(s.Dir)))
	Eventually(t, "the S3 server starts", func() error { return s3Ping(s.Endpoint) })
}

// S3Elsewhere is another server that the tests are to use, from the variables
// CACHIER_TEST_S3_ENDPOINT, CACHIER_TEST_S3_BUCKET and those of AWS for the
// credentials and the region.
func S3Elsewhere() (access S3Access, bucket string, ok bool) {
	access = S3Access{
		Endpoint: os.Getenv("CACHIER_TEST_S3_ENDPOINT"), Region: cmp.Or(os.Getenv("AWS_REGION"), "us-east-1"),
		AccessKey: os.Getenv("AWS_ACCESS_KEY_ID"), SecretKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
	}
	bucket = os.Getenv("CACHIER_TEST_S3_BUCKET")
	return access, bucket, access.Endpoint != "" && bucket != ""
}

// S3ForMain starts a server for the examples of a package. It is called by
// TestMain, which calls end in the end. Where the program is missing and not
// required, the examples, which can't skip, are left out.
func S3ForMain() (access S3Access, bucket string, end func(), err error) {
	path, err := exec.LookPath(s3Program)
	if err != nil {
		path, err = exec.LookPath(filepath.Join(builtServers(), s3Program))
	}
	if err != nil {
		if required() {
			return access, "", nil, err
		}
		flag.Parse()
		return access, "", func() {}, flag.Set("test.skip", "^Example")
	}
	addr, err := freeAddr()
	if err != nil {
		return access, "", nil, err
	}
	dir, err := os.MkdirTemp("", "cachier-s3-")
	if err != nil {
		return access, "", nil, err
	}
	cmd := s3Command(path, addr, dir)
	endWithParent(cmd)
	end = func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		_ = os.RemoveAll(dir)
	}
	if err = os.Mkdir(filepath.Join(dir, s3Bucket), 0o700); err == nil {
		err = cmd.Start()
	}
	for start := time.Now(); err == nil; time.Sleep(time.Millisecond) {
		if err = s3Ping(s3At(addr).Endpoint); err == nil {
			return s3At(addr), s3Bucket, end, nil
		}
		if time.Since(start) < time.Minute {
			err = nil
		}
	}
	end()
	return access, "", nil, err
}

func s3At(addr string) S3Access {
	return S3Access{Endpoint: "http://" + addr, Region: "us-east-1", AccessKey: s3AccessKey, SecretKey: s3SecretKey}
}

func s3Command(program, addr, dir string) *exec.Cmd {
	cmd := exec.Command(program, "--port", addr, "--quiet", "posix", dir)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s3AccessKey, "ROOT_SECRET_KEY="+s3SecretKey)
	return cmd
}

// s3Ping asks whether a server answers, whatever it says to who has no key.
func s3Ping(endpoint string) error {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(endpoint)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
