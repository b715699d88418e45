//go:build !race

package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/redisbackend"
	"github.com/cachier-go/cachier/fleet"
	"github.com/cachier-go/cachier/internal/testserver"
	"github.com/cachier-go/cachier/metrics"
)

// link is how a start of an instance reaches the store: writes may fail, before
// or after they were done, and once it is cut it never gets through again.
type link struct {
	backend.Locker
	shaky  atomic.Bool // one write in five fails
	cut    atomic.Bool
	writes atomic.Int64 // that were acknowledged, with all their records
}

var errLink = errors.New("the link fails")

func (l *link) Set(ctx context.Context, key string, e backend.Entry) error {
	fails, after := l.shaky.Load() && rand.IntN(5) == 0, rand.IntN(2) == 0
	if l.cut.Load() || fails && !after {
		return errLink
	}
	if err := l.Locker.Set(ctx, key, e); err != nil {
		return err
	}
	if fails {
		return errLink
	}
	if strings.Contains(key, "/hour/") { // the last of a write
		l.writes.Add(1)
	}
	return nil
}

// publishing is a start with one function.
type publishing struct {
	link *link
	r    *metrics.Recorder
	stop context.CancelFunc
	done chan error
}

func publish(t *testing.T, l *link, name, instance string) *publishing {
	t.Helper()
	p := &publishing{link: l, done: make(chan error, 1)}
	g := metrics.NewRegistry()
	var err error
	if p.r, err = metrics.NewRecorder("f", metrics.RecorderOptions{}); err == nil {
		err = g.Register(p.r)
	}
	if err != nil {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	p.stop = stop
	go func() {
		p.done <- fleet.Publish(ctx, l, g, &fleet.Options{Fleet: name, Instance: instance, Every: 3 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	}()
	return p
}

func (p *publishing) call(n int) {
	for range n {
		p.r.Record(metrics.Call{Outcome: metrics.Hit, Duration: time.Millisecond, Age: metrics.Unknown})
	}
}

// written waits until all that was called is.
func (p *publishing) written(t *testing.T) {
	t.Helper()
	for want, begun := p.link.writes.Load()+2, time.Now(); p.link.writes.Load() < want; time.Sleep(time.Millisecond) {
		if time.Since(begun) > 50*time.Second {
			t.Error("waited in vain for a write")
			return
		}
	}
}

// counted compares what a fleet has counted with what it should have, in all and
// in the last hour.
func counted(t *testing.T, b backend.Backend, name string, want map[string]uint64) {
	t.Helper()
	v, err := fleet.NewView(b, name)
	if err != nil {
		t.Error(err)
		return
	}
	all, errAll := v.Totals(t.Context())
	hour, errHour := v.Window(t.Context(), time.Hour)
	if errAll != nil || errHour != nil {
		t.Error(errAll, errHour)
		return
	}
	for what, a := range map[string]*fleet.Answer{"in all": all, "in an hour": hour} {
		got := map[string]uint64{}
		for _, g := range a.By("instance") {
			got[g.Values[0]] = g.Snapshot.Calls()
		}
		for instance, n := range want {
			if got[instance] != n {
				t.Errorf("%s, %s: %d calls, want %d", instance, what, got[instance], n)
			}
		}
		if a.Skipped > 0 {
			t.Errorf("%d records skipped", a.Skipped)
		}
	}
}

// schedule has instances start, fail to write, crash, end and start again, and
// compares.
func schedule(t *testing.T, store backend.Locker, name string, rng *rand.Rand) {
	want := map[string]uint64{}
	var mu sync.Mutex // protects want
	var all sync.WaitGroup
	for i := range 3 {
		seed := rng.Uint64()
		all.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			for range 1 + rng.IntN(3) { // starts, one after the other
				instance := fmt.Sprint("host", rng.IntN(3))
				l := &link{Locker: store}
				l.shaky.Store(rng.IntN(2) == 0)
				p := publish(t, l, name, instance)
				n := rng.IntN(50)
				p.call(n)
				p.written(t)
				more := rng.IntN(50)
				if crash := rng.IntN(2) == 0; crash {
					l.cut.Store(true)
					p.call(more) // nobody will know
				} else {
					p.call(more)
					l.shaky.Store(false)
					n += more
					p.written(t)
				}
				p.stop()
				<-p.done // an error if it was cut off
				mu.Lock()
				want[instance] += uint64(n)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	counted(t, store, name, want)
}

// The view of a fleet is what its instances had acknowledged, on a real server,
// too.
func TestFleetSchedulesOverRedis(t *testing.T) {
	const schedules = 1000
	client := redis.NewClient(&redis.Options{Addr: testserver.StartRedis(t).Addr})
	defer func() { _ = client.Close() }()
	store := redisbackend.New(client, nil)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var all sync.WaitGroup
	var next atomic.Int64
	for range 16 {
		all.Go(func() {
			for n := next.Add(1); n <= schedules && !t.Failed(); n = next.Add(1) {
				schedule(t, store, fmt.Sprint(n), rand.New(rand.NewPCG(seed, uint64(n))))
			}
		})
	}
	all.Wait()
}
