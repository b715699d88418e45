package s3backend

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachier-go/cachier/backend"
)

// listed is an object as a listing tells of it.
type listed struct {
	name    string
	key     string // empty: the name is cut
	length  int64
	etag    string
	written time.Time // on the server's clock, to the second
}

// pages calls f with the objects of each page whose key begins with the prefix,
// or may begin with it where the name is cut; there are up to a thousand on a
// page.
func (b *Backend) pages(ctx context.Context, prefix string, f func(page []listed) error) error {
	var token *string
	names := cut(escape(prefix), listName)
	for {
		out, err := b.page(ctx, names, token, 1000)
		if err != nil {
			return err
		}
		objects := make([]listed, 0, len(out.Contents))
		for _, o := range out.Contents {
			name, ok := strings.CutPrefix(aws.ToString(o.Key), b.place)
			key, whole, ours := keyOf(name)
			if !ok || !ours || whole && !strings.HasPrefix(key, prefix) {
				continue
			}
			objects = append(objects, listed{name, key, aws.ToInt64(o.Size), aws.ToString(o.ETag), aws.ToTime(o.LastModified)})
		}
		if len(objects) > 0 {
			if err := f(objects); err != nil {
				return err
			}
		}
		if token = out.NextContinuationToken; token == nil || !aws.ToBool(out.IsTruncated) {
			return nil
		}
	}
}

// doubtful says that an object's name doesn't tell whether its key begins with
// the prefix: both are cut.
func doubtful(o listed, prefix string) bool {
	return o.key == "" && len(escape(prefix)) > listName
}

// heads reads what the objects hold, but for the values. What is gone, damaged
// or of another key has no state.
func (b *Backend) heads(ctx context.Context, objects []listed, prefix string) ([]*tagged, error) {
	all := make([]*tagged, len(objects))
	err := b.each(ctx, len(objects), func(ctx context.Context, i int) error {
		o := objects[i]
		s, etag, err := b.readTagged(ctx, o.name, o.key, head)
		switch {
		case errors.Is(err, backend.ErrNotFound), errors.Is(err, backend.ErrCorrupt):
			return nil
		case err != nil:
			return err
		case strings.HasPrefix(s.key, prefix) && nameOf(s.key) == o.name:
			all[i] = &tagged{s, etag}
		}
		return nil
	})
	return all, err
}

// tagged is a state and the ETag of the object that it is in.
type tagged struct {
	state
	etag string
}

// batch is how many objects are looked at before they are yielded.
const batch = 128

// List lists a page at a time, and looks at each entry by a GET of its first
// bytes, which hold its times.
func (b *Backend) List(ctx context.Context, prefix string) iter.Seq2[backend.Info, error] {
	return func(yield func(backend.Info, error) bool) {
		err := b.pages(ctx, prefix, func(page []listed) error {
			for len(page) > 0 {
				n := min(batch, len(page))
				if err := b.yieldSome(ctx, page[:n], prefix, yield); err != nil {
					return err
				}
				page = page[n:]
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(backend.Info{}, err)
		}
	}
}

// errStop says that the loop's body wants no more.
var errStop = errors.New("s3backend: stop")

func (b *Backend) yieldSome(ctx context.Context, objects []listed, prefix string, yield func(backend.Info, error) bool) error {
	entries := make([]listed, 0, len(objects))
	for _, o := range objects {
		if classOf(o.length).entry() {
			entries = append(entries, o)
		}
	}
	found, err := b.heads(ctx, entries, prefix)
	if err != nil {
		return err
	}
	apart, _ := b.clock.offset()
	for _, s := range found {
		if s == nil || !s.entry {
			continue
		}
		if err := b.usable(ctx); err != nil {
			return err
		}
		if !yield(backend.Info{Key: s.key, Size: s.valueLen, Created: local(s.created, apart), Expires: local(s.expires, apart)}, nil) {
			return errStop
		}
	}
	return nil
}
