//go:build unix

package cli_test

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/internal/testserver"
)

// Every command works on a bucket, and no output tells a secret, whatever goes
// wrong.
func TestS3(t *testing.T) {
	server := testserver.StartS3(t)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": server.AccessKey, "AWS_SECRET_ACCESS_KEY": server.SecretKey, "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "",
		"AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "none"),
	} {
		t.Setenv(name, value)
	}
	quietly := func(wantCode int, want string, args ...string) string {
		t.Helper()
		code, stdout, stderr := run(t, args...)
		if code != wantCode || !strings.Contains(stdout+stderr, want) || strings.Contains(stdout+stderr, secret) ||
			strings.Contains(stdout+stderr, server.SecretKey) || strings.Count(stderr, "\n") > 1 {
			t.Errorf("%v: %d\n%s%swant %s", args, code, stdout, stderr, want)
		}
		return stdout
	}
	endpoint := "?endpoint=" + url.QueryEscape(server.Endpoint)
	at := "s3://" + server.Bucket + "/team/cache" + endpoint
	for _, at := range []string{at, "s3://" + server.Bucket + endpoint, "s3://" + server.Bucket + endpoint + "&prefix=a-b&path-style=true&region=us-east-1"} {
		b := create(t, at)
		quietly(0, "No entries.", "size", at)
		put(t, b, stored("shop", "f", "1", "one"), 10, 0)
		put(t, b, stored("shop", "g", "1", "two"), 10, 0)
		var usage map[string]any
		if text := quietly(0, "", "size", at, "--json"); json.Unmarshal([]byte(text), &usage) != nil {
			t.Errorf("size says %s", text)
		}
		quietly(0, "one", "ls", at)
		quietly(0, "", "gc", at)
		quietly(0, "Deleted 1 entry.", "clear", at, "f", "--yes")
		quietly(0, "two", "ls", at)
	}
	quietly(0, "s3:", "demo", "--backend", at, "--addr", "127.0.0.1:0", "--for", "1s")

	quietly(2, "can't be reached: there is no such bucket", "ls", "s3://no-such-bucket"+endpoint)
	quietly(2, "can't be reached: the server can't be asked", "ls", strings.Replace(at, url.QueryEscape(server.Addr), url.QueryEscape(testserver.FreeAddr(t)), 1))
	quietly(2, "can't be reached: the region is another one", "ls", at+"&region=elsewhere")
	quietly(2, "can't be reached: Options.Prefix", "ls", "s3://"+server.Bucket+endpoint+"&prefix=/a")
	for wrong, why := range map[string]string{
		"s3:" + secret: "is no URL of a bucket", "s3:///" + "x": "is no URL of a bucket", "s3://b/#x": "is no URL of a bucket",
		"s3://key:" + secret + "@b": "has credentials in it", "s3://b?secret=" + secret: "has a parameter that is none of", "s3://b?path-style=maybe": "neither true nor false",
		"s3://b?endpoint=here": "no http or https URL", "s3://b?endpoint=http://u:" + secret + "@here": "no http or https URL", "s3://b/a?prefix=b": "two prefixes",
		"s3://b?endpoint=http%3A%2F%2Fu%3A" + secret + "%40here": "no http or https URL", "s3://b?%zz=" + secret: "can't be read",
	} {
		quietly(2, why, "ls", wrong)
		quietly(2, "want ", "demo", "--backend", wrong)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	quietly(2, "can't be reached: the credentials are not valid there", "size", at)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	quietly(2, "can't be reached: there are no credentials", "size", at)
}
