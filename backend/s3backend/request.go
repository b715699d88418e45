package s3backend

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithy "github.com/aws/smithy-go/middleware"

	"github.com/cachier-go/cachier/backend"
)

// ask does one request, counts it under what it is billed as, and says in the
// words of package backend how it ended.
func (b *Backend) ask(ctx context.Context, kind *atomic.Uint64, request func() (smithy.Metadata, error)) error {
	if err := b.usable(ctx); err != nil {
		return err
	}
	before := b.now()
	metadata, err := request()
	after := b.now()
	if told, ok := middleware.GetServerTime(metadata); ok {
		b.clock.learn(before, after, told)
	} else {
		b.clock.learn(before, after, toldBy(err))
	}
	err = b.explain(ctx, err)
	b.counts.add(kind, after.Sub(before), metadata, err)
	return err
}

// found is an object, or its beginning.
type found struct {
	data   []byte
	length int64 // of all of it
	etag   string
}

// head is how much of an object is read to learn what it holds: enough for any
// key and a usual Meta.
const head = 2048

// errShort says that more of the object has to be read.
var errShort = errors.New("s3backend: the head is longer than what was read")

// fetch reads an object, or its first bytes. A condition that isn't met is
// errChanged.
func (b *Backend) fetch(ctx context.Context, name string, first int64, etag string) (found, error) {
	in := &s3.GetObjectInput{Bucket: &b.bucket, Key: aws.String(b.place + name)}
	if first > 0 {
		in.Range = aws.String("bytes=0-" + strconv.FormatInt(first-1, 10))
	}
	if etag != "" {
		in.IfMatch = &etag
	}
	var out *s3.GetObjectOutput
	err := b.ask(ctx, &b.counts.gets, func() (_ smithy.Metadata, err error) {
		if out, err = b.client.GetObject(ctx, in); err != nil {
			return smithy.Metadata{}, err
		}
		return out.ResultMetadata, nil
	})
	if err != nil {
		return found{}, err
	}
	defer func() { _ = out.Body.Close() }()
	o := found{length: aws.ToInt64(out.ContentLength), etag: aws.ToString(out.ETag)}
	n := o.length
	if _, total, ok := strings.Cut(aws.ToString(out.ContentRange), "/"); ok {
		if o.length, err = strconv.ParseInt(total, 10, 64); err != nil {
			return found{}, corrupt("of no length")
		}
	}
	if first > 0 {
		n = min(n, first) // from a server that knows no ranges
	}
	if out.ContentLength == nil || n > largest {
		return o, corrupt("of no length, or too long")
	}
	start := b.now()
	o.data = make([]byte, n)
	read, err := io.ReadFull(out.Body, o.data)
	b.counts.received.Add(uint64(read))
	b.counts.nanoseconds.Add(int64(b.now().Sub(start)))
	if err != nil && !errors.Is(err, io.EOF) { // which is that of an empty one
		b.counts.errors.Add(1)
		return found{}, b.explain(ctx, err)
	}
	return o, nil
}

// peek looks what a key's object holds, by its length, which comes with its
// first byte.
func (b *Backend) peek(ctx context.Context, key string) (found, error) {
	return b.fetch(ctx, nameOf(key), 1, "")
}

// read returns the state of a key; of the value it reads as much as there is
// within the first bytes, or all if that is 0.
func (b *Backend) read(ctx context.Context, key string, first int64) (state, error) {
	s, _, err := b.readTagged(ctx, nameOf(key), key, first)
	return s, err
}

// readTagged also returns the ETag, with ErrCorrupt too. Without a key, that of
// a name that is cut is taken for right.
func (b *Backend) readTagged(ctx context.Context, name, key string, first int64) (state, string, error) {
	for {
		o, err := b.fetch(ctx, name, first, "")
		if err != nil {
			return state{}, o.etag, err
		}
		s, err := parse(o.data, o.length, key)
		if errors.Is(err, errShort) && first > 0 {
			first = 0
			continue
		}
		return s, o.etag, err
	}
}

// page lists some of the objects whose names begin with a text, from a token on.
func (b *Backend) page(ctx context.Context, names string, token *string, most int32) (out *s3.ListObjectsV2Output, err error) {
	in := &s3.ListObjectsV2Input{Bucket: &b.bucket, Prefix: aws.String(b.place + names), ContinuationToken: token, MaxKeys: &most}
	err = b.ask(ctx, &b.counts.lists, func() (_ smithy.Metadata, err error) {
		if out, err = b.client.ListObjectsV2(ctx, in); err != nil {
			return smithy.Metadata{}, err
		}
		return out.ResultMetadata, nil
	})
	return out, err
}

// apart is how far the server's clock is ahead. Where no answer has told yet, it
// asks, by a look at a key.
func (b *Backend) apart(ctx context.Context, key string) (time.Duration, error) {
	if apart, known := b.clock.offset(); known {
		return apart, nil
	}
	_, err := b.peek(ctx, key)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	apart, known := b.clock.offset()
	if !known && err != nil && !errors.Is(err, backend.ErrNotFound) && !errors.Is(err, backend.ErrCorrupt) {
		return 0, err // and nothing told the time
	}
	return apart, nil
}
