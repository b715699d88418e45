package s3backend_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// Two prefixes in one bucket share neither entries nor leases nor identity.
func TestPrefixesAreApart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	client := connect(t, server.S3Access)
	at := func(prefix string) *s3backend.Locker {
		return s3backend.NewLocker(client, server.Bucket, &s3backend.Options{Prefix: prefix})
	}
	a, b := at("a/"), at("b/")
	must(t, a.Set(ctx, "k", backend.Entry{}))
	must(t, second(a.Lock(ctx, "l", time.Minute)))
	if _, err := b.Get(ctx, "k"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get under the other prefix: %v", err)
	}
	must(t, second(b.Lock(ctx, "l", time.Minute)))
	must(t, b.Clear(ctx, ""))
	must(t, second(a.Get(ctx, "k")))
	if a.Identity() == b.Identity() || a.Identity() != at("a/").Identity() {
		t.Errorf("they are %s and %s", a.Identity(), b.Identity())
	}
	if host := strings.TrimPrefix(server.Endpoint, "http://"); a.Identity() != "s3:"+host+"/"+server.Bucket+"/a/" {
		t.Errorf("the identity is %s", a.Identity())
	}
}

// A mistake is an error of every method, and of Check before the first use.
func TestMistakes(t *testing.T) {
	t.Parallel()
	client := connect(t, testserver.S3Access{Endpoint: "http://127.0.0.1:1", Region: "r"})
	for want, b := range map[string]*s3backend.Backend{
		"the client is nil":           s3backend.New(nil, "bucket", nil),
		"the client is nil, as typed": s3backend.New((*s3.Client)(nil), "bucket", nil),
		"the bucket is empty":         s3backend.New(client, "", nil),
		"Prefix begins with a slash":  s3backend.New(client, "bucket", &s3backend.Options{Prefix: "/a"}),
		"Prefix is no UTF-8":          s3backend.New(client, "bucket", &s3backend.Options{Prefix: "\xff"}),
		"Prefix has 513 bytes":        s3backend.New(client, "bucket", &s3backend.Options{Prefix: strings.Repeat("a", 513)}),
	} {
		word, _, _ := strings.Cut(want, ",")
		word = word[strings.LastIndex(word, " ")+1:]
		for op, err := range map[string]error{
			"Check": b.Check(t.Context()), "Get": second(b.Get(t.Context(), "k")),
			"Set": b.Set(t.Context(), "k", backend.Entry{}), "Size": second(b.Size(t.Context(), "")),
		} {
			if err == nil || !strings.HasPrefix(err.Error(), "s3backend: ") || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %s returned %v", want, op, err)
			}
		}
	}
}

// Check names the part that is wrong, and no secret.
func TestCheck(t *testing.T) {
	t.Parallel()
	server := testserver.StartS3(t)
	must(t, s3backend.New(connect(t, server.S3Access), server.Bucket, nil).Check(t.Context()))
	nobody := server.S3Access
	nobody.Endpoint = "http://" + testserver.FreeAddr(t)
	web := httptest.NewServer(nil)
	defer web.Close()
	other := server.S3Access
	other.Endpoint = web.URL
	stranger, wrong := server.S3Access, server.S3Access
	stranger.AccessKey = "stranger"
	wrong.SecretKey = "hunter2"
	for _, c := range []struct {
		access       testserver.S3Access
		bucket, want string
	}{
		{server.S3Access, "no-such-bucket", "no such bucket"},
		{nobody, server.Bucket, "look at the endpoint"},
		{stranger, server.Bucket, "credentials are not valid"},
		{wrong, server.Bucket, "credentials are not valid"},
	} {
		err := s3backend.New(connect(t, c.access), c.bucket, nil).Check(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if err := s3backend.New(connect(t, other), "b", nil).Check(t.Context()); err == nil {
		t.Error("a web server passes for S3")
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	b := s3backend.New(connect(t, server.S3Access), server.Bucket, nil)
	_, _ = b.Get(ctx, "k") // which tells the time
	must(t, b.Set(ctx, "k", backend.Entry{Value: make([]byte, 1000)}))
	must(t, second(b.Get(ctx, "k")))
	must(t, second(b.Size(ctx, "")))
	must(t, b.Delete(ctx, "k"))
	readings, err := b.Probe(ctx)
	must(t, err)
	found := map[string]float64{}
	for _, r := range readings {
		if r.Help == "" || r.Unit == "" || r.Counter != strings.HasSuffix(r.Name, "_total") {
			t.Errorf("%+v", r)
		}
		found[r.Name] = r.Value
	}
	for name, want := range map[string]float64{
		"get_requests_total": 2, "put_requests_total": 1, "list_requests_total": 1, "delete_requests_total": 1,
		"request_errors_total": 0, "request_retries_total": 0, "clock_offset_seconds": 0,
	} {
		if found[name] != want {
			t.Errorf("%s is %v, want %v", name, found[name], want)
		}
	}
	if n := found["sent_bytes_total"]; n < 1000 || n > 1200 || found["received_bytes_total"] != n || found["request_seconds_total"] <= 0 {
		t.Errorf("got %v", found)
	}
	_ = b.Close()
	if _, err := b.Probe(ctx); !errors.Is(err, backend.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// The client's repetitions are counted.
func TestRetriesAreCounted(t *testing.T) {
	t.Parallel()
	b := s3backend.New(connect(t, testserver.S3Access{Endpoint: "http://" + testserver.FreeAddr(t), Region: "r", AccessKey: "a", SecretKey: "b"}), "b", nil)
	if err := second(b.Get(t.Context(), "k")); err == nil {
		t.Error("nobody answers")
	}
	readings, err := b.Probe(t.Context())
	must(t, err)
	for _, r := range readings {
		if r.Name == "request_retries_total" && r.Value != 2 || r.Name == "request_errors_total" && r.Value != 1 {
			t.Errorf("%s is %v", r.Name, r.Value)
		}
	}
}
