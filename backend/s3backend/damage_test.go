package s3backend_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/s3backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// raw is a bucket as others see it.
type raw struct {
	t      testing.TB
	client *s3.Client
	bucket string
}

func (r raw) put(object string, data []byte) {
	r.t.Helper()
	_, err := r.client.PutObject(r.t.Context(), &s3.PutObjectInput{Bucket: &r.bucket, Key: &object, Body: bytes.NewReader(data)})
	must(r.t, err)
}

func (r raw) get(object string) []byte {
	r.t.Helper()
	out, err := r.client.GetObject(r.t.Context(), &s3.GetObjectInput{Bucket: &r.bucket, Key: &object})
	must(r.t, err)
	defer func() { _ = out.Body.Close() }()
	data, err := io.ReadAll(out.Body)
	must(r.t, err)
	return data
}

func (r raw) names() (all []string) {
	r.t.Helper()
	out, err := r.client.ListObjectsV2(r.t.Context(), &s3.ListObjectsV2Input{Bucket: &r.bucket})
	must(r.t, err)
	for _, o := range out.Contents {
		all = append(all, aws.ToString(o.Key))
	}
	return all
}

// What was cut short or changed is never taken for an entry, and Set, Delete and
// a lease get rid of it.
func TestDamage(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	client := connect(t, server.S3Access)
	bucket := raw{t, client, server.Bucket}
	b := s3backend.NewLocker(client, server.Bucket, nil)
	const object = "cachier/v1/k"
	e := backend.Entry{Value: []byte("a value"), Meta: []byte("meta"), Created: time.Now()}
	must(t, b.Set(ctx, "k", e))
	whole := bucket.get(object)
	damaged := func(how string, data []byte) {
		t.Helper()
		bucket.put(object, data)
		got, err := b.Get(ctx, "k")
		if !errors.Is(err, backend.ErrCorrupt) && !errors.Is(err, backend.ErrNotFound) {
			t.Errorf("%s: Get returned %q, %v", how, got.Value, err)
		}
		many, err := b.GetMany(ctx, []string{"k"})
		if len(many) != 0 || err != nil {
			t.Errorf("%s: GetMany returned %v, %v", how, many, err)
		}
	}
	for n := 0; n < len(whole); n += 3 {
		damaged("cut short", whole[:n])
	}
	damaged("made longer", append(bytes.Clone(whole), "more"...))
	damaged("another key's", func() []byte {
		must(t, b.Set(ctx, "l", e))
		return bucket.get("cachier/v1/l")
	}())
	for i := range len(whole) - 3 {
		changed := bytes.Clone(whole)
		changed[i] ^= 0xff
		damaged("changed", changed)
	}
	for _, data := range [][]byte{nil, whole[:50], append(bytes.Clone(whole), 0), []byte("something else")} {
		for op, mend := range map[string]func() error{
			"Set": func() error { return b.Set(ctx, "k", e) },
			"Lock": func() error {
				l, err := b.Lock(ctx, "k", time.Minute)
				if err != nil {
					return err
				}
				return l.Commit(ctx, e)
			},
		} {
			bucket.put(object, data)
			if err := mend(); err != nil {
				t.Errorf("%s over %d bytes: %v", op, len(data), err)
			}
			must(t, second(b.Get(ctx, "k")))
		}
		bucket.put(object, data)
		must(t, b.Delete(ctx, "k"))
		if _, err := b.Get(ctx, "k"); !errors.Is(err, backend.ErrNotFound) {
			t.Errorf("after Delete: %v", err)
		}
	}
}

// A value that was damaged isn't written again with a lease.
func TestDamagedValueUnderLease(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	client := connect(t, server.S3Access)
	bucket := raw{t, client, server.Bucket}
	b := s3backend.NewLocker(client, server.Bucket, nil)
	must(t, b.Set(ctx, "k", backend.Entry{Value: make([]byte, 1<<20)}))
	data := bucket.get("cachier/v1/k")
	data[1<<19] ^= 1
	bucket.put("cachier/v1/k", data)
	l, err := b.Lock(ctx, "k", time.Minute)
	must(t, err)
	if _, err := b.Get(ctx, "k"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get: %v", err)
	}
	must(t, l.Commit(ctx, backend.Entry{Value: []byte("v")}))
	must(t, second(b.Get(ctx, "k")))
}

// What others have in the bucket, and under the prefix by other names, stays and
// is not listed.
func TestForeign(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server := testserver.StartS3(t)
	client := connect(t, server.S3Access)
	bucket := raw{t, client, server.Bucket}
	b := s3backend.NewLocker(client, server.Bucket, nil)
	must(t, second(b.Lock(ctx, "ours", time.Minute))) // which leaves the marker of conditions
	must(t, b.Set(ctx, "ours", backend.Entry{}))
	foreign := []string{"theirs", "cachier/readme.txt", "cachier/v2/ours", "cachier/v1/a b", "cachier/v1/x_2E", "cachier/v1/_41", "cachier/v1/dir/ours"}
	for _, name := range foreign {
		bucket.put(name, []byte(name))
	}
	before := len(bucket.names())
	u, err := b.Size(ctx, "")
	must(t, err)
	if u.Entries != 1 {
		t.Errorf("Size counts %d", u.Entries)
	}
	n := 0
	for info, err := range b.List(ctx, "") {
		must(t, err)
		if n++; info.Key != "ours" {
			t.Errorf("List yields %q", info.Key)
		}
	}
	must(t, second(b.BreakLocks(ctx, "")))
	must(t, second(b.Cleanup(ctx, "")))
	must(t, b.Clear(ctx, ""))
	if after := len(bucket.names()); after != before-1 {
		t.Errorf("%d of %d objects are left", after, before-1)
	}
	if _, err := b.Get(ctx, "ours"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("what was ours: %v", err)
	}
}
