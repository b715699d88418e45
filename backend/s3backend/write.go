package s3backend

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithy "github.com/aws/smithy-go/middleware"

	"github.com/cachier-go/cachier/backend"
)

// condition is what must hold for a write: nothing, that there is no object, or
// that its ETag is this one.
type condition string

const (
	always condition = ""
	absent condition = "absent"
)

// write stores the state if the condition is met, and returns its ETag; if not,
// errChanged. The state's slices are copied.
func (b *Backend) write(ctx context.Context, s *state, c condition) (etag string, err error) {
	return b.store(ctx, b.object(s.key), s.encode(), c)
}

// stumbles is how often a write is tried again that a server has stumbled over.
const stumbles = 10

func (b *Backend) store(ctx context.Context, object string, data []byte, c condition) (etag string, err error) {
	for i := range stumbles {
		if etag, err = b.storeOnce(ctx, object, data, c); !stumbled(err) {
			break
		}
		select {
		case <-time.After(time.Duration(i) * time.Millisecond):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return etag, err
}

func (b *Backend) storeOnce(ctx context.Context, object string, data []byte, c condition) (etag string, err error) {
	in := &s3.PutObjectInput{
		Bucket: &b.bucket, Key: &object, Body: bytes.NewReader(data),
		ContentLength: aws.Int64(int64(len(data))), ContentType: aws.String("application/octet-stream"),
	}
	switch c {
	case always:
	case absent:
		in.IfNoneMatch = aws.String("*")
	default:
		in.IfMatch = aws.String(string(c))
	}
	err = b.ask(ctx, &b.counts.puts, func() (smithy.Metadata, error) {
		out, err := b.client.PutObject(ctx, in)
		if err != nil {
			return smithy.Metadata{}, err
		}
		etag = aws.ToString(out.ETag)
		return out.ResultMetadata, nil
	})
	if errors.Is(err, backend.ErrNotFound) && c != always {
		err = errChanged // it isn't there any more
	}
	if err == nil {
		b.counts.sent.Add(uint64(len(data)))
	}
	return etag, err
}

// remove deletes an object, if its ETag is that, or whatever it is where that
// is empty. What is absent is deleted.
func (b *Backend) remove(ctx context.Context, name, etag string) error {
	return b.removeObject(ctx, b.place+name, etag)
}

func (b *Backend) removeObject(ctx context.Context, object, etag string) error {
	in := &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &object}
	if etag != "" {
		in.IfMatch = &etag
	}
	err := b.ask(ctx, &b.counts.deletes, func() (smithy.Metadata, error) {
		out, err := b.client.DeleteObject(ctx, in)
		if err != nil {
			return smithy.Metadata{}, err
		}
		return out.ResultMetadata, nil
	})
	if errors.Is(err, backend.ErrNotFound) {
		return nil
	}
	return err
}

// removeMany deletes objects, whether they are there or not.
func (b *Backend) removeMany(ctx context.Context, names []string) error {
	if b.oneByOne.Load() {
		return b.each(ctx, len(names), func(ctx context.Context, i int) error { return b.remove(ctx, names[i], "") })
	}
	in := &s3.DeleteObjectsInput{Bucket: &b.bucket, Delete: &types.Delete{Quiet: aws.Bool(true)}}
	for _, name := range names {
		in.Delete.Objects = append(in.Delete.Objects, types.ObjectIdentifier{Key: aws.String(b.place + name)})
	}
	var out *s3.DeleteObjectsOutput
	err := b.ask(ctx, &b.counts.deletes, func() (_ smithy.Metadata, err error) {
		if out, err = b.client.DeleteObjects(ctx, in); err != nil {
			return smithy.Metadata{}, err
		}
		return out.ResultMetadata, nil
	})
	switch {
	case lacksBulkDelete(err):
		b.oneByOne.Store(true)
		return b.removeMany(ctx, names)
	case err != nil:
		return err
	}
	return undeleted(out.Errors)
}
