package s3backend_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// A server that hangs holds nobody up for longer than the context, and one that
// was killed serves what it had.
func TestHangsAndRestarts(t *testing.T) {
	t.Parallel()
	server := testserver.StartS3(t)
	b := s3backend.NewLocker(connect(t, server.S3Access), server.Bucket, nil)
	must(t, b.Set(t.Context(), "k", backend.Entry{Value: []byte("v")}))
	must(t, second(b.Lock(t.Context(), "held", time.Hour)))
	server.Freeze(t)
	late := func(run func(ctx context.Context) error) error {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		return run(ctx)
	}
	start := time.Now()
	for op, run := range map[string]func(ctx context.Context) error{
		"Get":     func(ctx context.Context) error { return second(b.Get(ctx, "k")) },
		"Set":     func(ctx context.Context) error { return b.Set(ctx, "other", backend.Entry{}) },
		"Lock":    func(ctx context.Context) error { return second(b.Lock(ctx, "leased", time.Hour)) },
		"Delete":  func(ctx context.Context) error { return b.Delete(ctx, "another") },
		"Size":    func(ctx context.Context) error { return second(b.Size(ctx, "")) },
		"GetMany": func(ctx context.Context) error { return second(b.GetMany(ctx, []string{"k", "l"})) },
	} {
		if err := late(run); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", op, err)
		}
	}
	if took := time.Since(start); took > 6*time.Second {
		t.Errorf("six calls of 100 ms took %v", took)
	}
	server.Kill()
	if _, err := b.Get(t.Context(), "k"); err == nil || errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get from a dead server: %v", err)
	}
	server.Restart(t)
	must(t, second(b.Get(t.Context(), "k")))
	if _, err := b.Lock(t.Context(), "held", time.Hour); !errors.Is(err, backend.ErrHeld) {
		t.Errorf("Lock: %v", err)
	}
}

// losing loses the answers to every other write that the server has done, so
// that the client repeats it.
type losing struct {
	http.RoundTripper
	writes, lost atomic.Int64
}

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err == nil && r.Method == http.MethodPut && l.writes.Add(1)%2 == 1 {
		l.lost.Add(1)
		_ = answer.Body.Close()
		return nil, errors.New("connection reset by peer")
	}
	return answer, err
}

// A write that was done though its answer was lost is known for one's own.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	lossy := &losing{RoundTripper: http.DefaultTransport}
	client := connect(t, server.S3Access, func(o *s3.Options) {
		o.HTTPClient = &http.Client{Transport: lossy}
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxBackoff = time.Millisecond
			o.RateLimiter = ratelimit.None // or it would soon repeat nothing
		})
	})
	b := s3backend.NewLocker(client, server.Bucket, nil)
	for i := range 3 {
		key := fmt.Sprint(i)
		l, err := b.Lock(ctx, key, time.Minute)
		must(t, err)
		must(t, l.Extend(ctx, time.Minute))
		must(t, l.Fail(ctx))
		shared, err := b.Lock(ctx, key, time.Minute)
		must(t, err)
		must(t, shared.Commit(ctx, backend.Entry{Value: []byte(key)}))
		if err := l.Commit(ctx, backend.Entry{}); !errors.Is(err, backend.ErrLeaseLost) {
			t.Errorf("the other's Commit: %v", err)
		}
		l, err = b.Lock(ctx, key, time.Minute)
		must(t, err)
		must(t, l.Release(ctx))
		if e, err := b.Get(ctx, key); string(e.Value) != key || err != nil {
			t.Errorf("Get: %q, %v", e.Value, err)
		}
		must(t, b.Set(ctx, key, backend.Entry{}))
		must(t, b.Delete(ctx, key))
	}
	if lossy.lost.Load() == 0 {
		t.Error("no answer was lost")
	}
}

// heedless is a client whose server ignores conditions.
type heedless struct{ *s3.Client }

func (c heedless) PutObject(ctx context.Context, in *s3.PutObjectInput, opts ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	in.IfMatch, in.IfNoneMatch = nil, nil
	return c.Client.PutObject(ctx, in, opts...)
}

// A server that ignores conditions gives nobody a lease.
func TestServerWithoutConditions(t *testing.T) {
	t.Parallel()
	server := testserver.StartS3(t)
	b := s3backend.NewLocker(heedless{connect(t, server.S3Access)}, server.Bucket, nil)
	must(t, b.Set(t.Context(), "k", backend.Entry{}))
	for range 2 {
		if _, err := b.Lock(t.Context(), "k", time.Minute); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Lock: %v", err)
		}
	}
}

// A server that can't delete many objects at once is asked for one after the
// other.
func TestServerWithoutBulkDelete(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	target, err := url.Parse(server.Endpoint)
	must(t, err)
	through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	var refused atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Query().Has("delete") {
			refused.Add(1)
			w.WriteHeader(http.StatusNotImplemented)
			_, _ = fmt.Fprint(w, "<Error><Code>NotImplemented</Code></Error>")
			return
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	access := server.S3Access
	access.Endpoint = proxy.URL
	b := s3backend.New(connect(t, access, func(o *s3.Options) { o.RetryMaxAttempts = 1 }), server.Bucket, nil)
	for range 2 {
		for i := range 20 {
			must(t, b.Set(ctx, fmt.Sprint(i), backend.Entry{}))
		}
		must(t, b.Clear(ctx, "1"))
		u, err := b.Size(ctx, "")
		must(t, err)
		if u.Entries != 9 {
			t.Errorf("%d are left", u.Entries)
		}
	}
	if refused.Load() != 1 {
		t.Errorf("it was refused %d times", refused.Load())
	}
}

// Objects that can't be deleted are an error of Clear, not passed over.
func TestUndeletableObjects(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		if r.Method == http.MethodPost {
			_, _ = fmt.Fprint(w, "<DeleteResult><Error><Key>cachier/v1/personal</Key><Code>AccessDenied</Code></Error><Error><Key>cachier/v1/b</Key><Code>NoSuchKey</Code></Error></DeleteResult>")
			return
		}
		_, _ = fmt.Fprint(w, "<ListBucketResult><Contents><Key>cachier/v1/personal</Key><Size>116</Size></Contents><Contents><Key>cachier/v1/b</Key><Size>116</Size></Contents></ListBucketResult>")
	}))
	t.Cleanup(server.Close)
	b := s3backend.New(connect(t, testserver.S3Access{Endpoint: server.URL, Region: "r", AccessKey: "a", SecretKey: "b"}), "b", nil)
	err := b.Clear(t.Context(), "")
	if err == nil || err.Error() != "s3backend: 1 objects were not deleted: AccessDenied" {
		t.Errorf("Clear: %v", err)
	}
}

// What servers answer that have no room, or take no object that large, is said
// in the words of package backend.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]error{
		"403 QuotaExceeded": backend.ErrFull, "507 XMinioStorageFull": backend.ErrFull, "507 Other": backend.ErrFull,
		"400 EntityTooLarge": backend.ErrTooLarge, "413 Other": backend.ErrTooLarge,
	} {
		var status int
		var code string
		_, err := fmt.Sscan(answer, &status, &code)
		must(t, err)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPut {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
		}))
		client := connect(t, testserver.S3Access{Endpoint: server.URL, Region: "r", AccessKey: "a", SecretKey: "b"}, func(o *s3.Options) { o.RetryMaxAttempts = 1 })
		if err := s3backend.New(client, "b", nil).Set(t.Context(), "k", backend.Entry{}); !errors.Is(err, want) {
			t.Errorf("%s: Set returned %v, want %v", answer, err, want)
		}
		server.Close()
	}
}

// Errors show neither secrets nor keys, whether the server answers or not.
func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	wrong, nobody := server.S3Access, server.S3Access
	wrong.SecretKey = "hunter2"
	nobody.Endpoint = "http://user:hunter2@" + testserver.FreeAddr(t)
	for name, access := range map[string]testserver.S3Access{"a wrong secret": wrong, "nobody there": nobody} {
		client := connect(t, access, func(o *s3.Options) { o.RetryMaxAttempts = 1 })
		b := s3backend.NewLocker(client, server.Bucket, nil)
		for op, err := range map[string]error{
			"Get":    second(b.Get(ctx, "personal")),
			"Set":    b.Set(ctx, "personal", backend.Entry{Value: []byte("private")}),
			"Delete": b.Delete(ctx, "personal"),
			"Lock":   second(b.Lock(ctx, "personal", time.Minute)),
			"Clear":  b.Clear(ctx, "personal"),
			"Size":   second(b.Size(ctx, "personal")),
		} {
			if err == nil {
				t.Errorf("%s, %s: no error", name, op)
				continue
			}
			for _, secret := range []string{"personal", "private", "hunter2", server.SecretKey} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s, %s: %q shows %q", name, op, err, secret)
				}
			}
		}
	}
}
