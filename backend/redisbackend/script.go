package redisbackend

import (
	"context"
	_ "embed" // for the scripts
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
)

// Whatever changes something is one script on one key, and so one step, also in
// a Cluster. Redis knows a script by its hash once it has seen it; the first
// call of each takes a second round trip.
var (
	//go:embed lua/record.lua
	recordText string
	//go:embed lua/set.lua
	setText string
	//go:embed lua/delete.lua
	deleteText string
	//go:embed lua/lock.lua
	lockText string
	//go:embed lua/commit.lua
	commitText string
	//go:embed lua/fail.lua
	failText string
	//go:embed lua/release.lua
	releaseText string
	//go:embed lua/extend.lua
	extendText string
	//go:embed lua/break.lua
	breakText string

	setScript     = redis.NewScript(recordText + setText)
	deleteScript  = redis.NewScript(recordText + deleteText)
	lockScript    = redis.NewScript(recordText + lockText)
	commitScript  = redis.NewScript(recordText + commitText)
	failScript    = redis.NewScript(recordText + failText)
	releaseScript = redis.NewScript(recordText + releaseText)
	extendScript  = redis.NewScript(recordText + extendText)
	breakScript   = redis.NewScript(recordText + breakText)
)

// code is how a script ended; lua/record.lua has the same.
type code int64

const (
	ended code = iota
	foreign
	late
	lost
	held
)

// errLate says that a write arrived so late that nobody waits for it any more.
var errLate = errors.New("redisbackend: the server did not get to it in time; nothing was done")

// answer is what a script returned.
type answer struct {
	code code
	now  int64 // on the server's clock
	rest []any
}

// fenced says whether a script must not take effect once its caller has given
// up: what a frozen server has in its buffers would overtake a Delete, or leave
// a lease that nobody holds.
type fenced bool

// eval runs a script on a key. Its first two arguments are put in front.
func (b *Backend) eval(ctx context.Context, s *redis.Script, fence fenced, key string, args ...any) (answer, error) {
	place := b.prefix + key
	a, err := b.evalOnce(ctx, s, fence, place, args)
	if err == nil && a.code == late {
		// Either it is too late, or the server's clock has been set; that is
		// known by now.
		if err := b.usable(ctx); err != nil {
			return a, err
		}
		a, err = b.evalOnce(ctx, s, fence, place, args)
	}
	switch {
	case err != nil:
		return a, err
	case a.code == foreign:
		return a, backend.ErrForeign
	case a.code == late:
		return a, errLate
	case a.code == lost:
		return a, backend.ErrLeaseLost
	}
	return a, nil
}

func (b *Backend) evalOnce(ctx context.Context, s *redis.Script, fence fenced, place string, args []any) (answer, error) {
	return run(ctx, b, func() (answer, error) {
		node, clock := b.node(ctx, place)
		if clock.load() == nil {
			_ = b.readClock(ctx, node, clock) // the script fails, too
		}
		before := b.now()
		all := append([]any{b.channel(), b.latest(ctx, clock, fence)}, args...)
		for i, arg := range args {
			if p, ok := arg.(parcel); ok {
				all = slices.Replace(all, i+2, i+3, p.args(before, clock)...)
			}
		}
		reply, err := s.Run(ctx, b.client, []string{place}, all...).Slice()
		if err != nil {
			return answer{}, err
		}
		a, err := parseAnswer(reply)
		if err == nil {
			clock.learn(before, b.now(), a.now)
		}
		return a, err
	})
}

// parcel is an entry as it is sent. It shares nothing with the caller, who may
// have gone before it is.
type parcel struct {
	data             []byte
	created, expires time.Time
}

func pack(e backend.Entry) parcel { return parcel{encode(e), e.Created, e.Expires} }

// args are how the scripts take it: the data, how old it is, how long it lasts,
// and when it was sent, on the server's clock; empty: not known.
func (p parcel) args(local time.Time, c *clock) []any {
	args := []any{p.data, "", "", ""}
	if !p.created.IsZero() {
		args[1] = since(local, p.created)
	}
	if !p.expires.IsZero() {
		args[2] = until(local, p.expires)
	}
	if r := c.load(); r != nil {
		args[3] = r.server(local)
	}
	return args
}

// latest is the last time, on the server's clock, at which somebody waits for
// what is done; empty where that isn't known.
func (b *Backend) latest(ctx context.Context, c *clock, fence fenced) string {
	deadline, ok := ctx.Deadline()
	if !ok || !bool(fence) {
		return ""
	}
	r := c.load()
	if r == nil {
		return ""
	}
	// The deadline is on the real clock, whatever b.now says.
	local := b.now()
	return strconv.FormatInt(r.server(local.Add(time.Until(deadline)+r.doubt(local))), 10)
}

func parseAnswer(reply []any) (answer, error) {
	if len(reply) < 2 {
		return answer{}, fmt.Errorf("redisbackend: a script returned %d values", len(reply))
	}
	c, isCode := reply[0].(int64)
	now, isTime := reply[1].(int64)
	if !isCode || !isTime {
		return answer{}, fmt.Errorf("redisbackend: a script returned %T and %T", reply[0], reply[1])
	}
	return answer{code(c), now, reply[2:]}, nil
}

// string is one of the values after the first two.
func (a answer) string(i int) (string, bool) {
	if i >= len(a.rest) {
		return "", false
	}
	s, ok := a.rest[i].(string)
	return s, ok
}

// number is one of the values after the first two; 0 where there is none.
func (a answer) number(i int) int64 {
	if i >= len(a.rest) {
		return 0
	}
	n, _ := a.rest[i].(int64)
	return n
}
