package cachier_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachier-go/cachier"
	"github.com/cachier-go/cachier/internal/membackend"
	"github.com/cachier-go/cachier/metrics"
)

// explained fails the test unless a call explains itself in these words.
func explained(t *testing.T, call func(cachier.CallOption) (string, error), want string) {
	t.Helper()
	e := cachier.Explanation{Steps: []cachier.Step{{Text: "of an earlier call"}}}
	if _, err := call(cachier.Explain(&e)); err != nil && err != errDown {
		t.Error(err)
	}
	var got []string
	for line := range strings.Lines(e.String()) {
		got = append(got, strings.TrimSpace(line))
	}
	var wanted []string
	for line := range strings.Lines(strings.TrimSpace(want)) {
		wanted = append(wanted, strings.TrimSpace(line))
	}
	if g, w := strings.Join(got, "\n"), strings.Join(wanted, "\n"); g != w {
		t.Errorf("explained:\n%s\nwant:\n%s", g, w)
	}
}

func TestExplain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: func(context.Context, string, int) (string, error) { time.Sleep(time.Second); return "", nil }}
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Minute),
			cachier.WithStaleIfError(time.Hour), cachier.WithErrorTTL(time.Minute), cachier.WithMaxEntries(1), cachier.WithWaitTimeout(time.Minute))
		call := func(key string, more ...cachier.CallOption) func(cachier.CallOption) (string, error) {
			return func(e cachier.CallOption) (string, error) { return f.Call(t.Context(), key, append(more, e)...) }
		}
		explained(t, call("a"), `
			0s  not in memory: absent
			0s  computing
			1s  computed in 1s
			outcome: miss (absent)`)
		time.Sleep(30 * time.Second)
		explained(t, call("a"), `
			0s  found in memory, 30s old, with a TTL of 1m0s: fresh
			outcome: hit`)
		explained(t, call("a", cachier.MaxAge(time.Second)), `
			0s  found in memory, 30s old, with a TTL of 1m0s: older than the 1s that this call allows
			0s  computing
			1s  computed in 1s
			outcome: miss (too_old)`)
		explained(t, call("a", cachier.SkipCache()), `
			0s  asked to skip the cache: computing, storing nothing
			outcome: bypass (skip)`)
		time.Sleep(90 * time.Second)
		explained(t, call("a"), `
			0s  found in memory, 1m31s old, with a TTL of 1m0s: expired, within stale-while-revalidate
			0s  refreshing it in the background
			outcome: stale (revalidate)`)
		explained(t, call("a"), `
			0s  found in memory, 1m31s old, with a TTL of 1m0s: expired, within stale-while-revalidate
			0s  it is being refreshed already
			outcome: stale (revalidate)`)
		time.Sleep(10 * time.Minute)
		s.set(down)
		explained(t, call("a"), `
			0s  found in memory, 9m59s old, with a TTL of 1m0s: expired, kept in case computing fails
			0s  computing
			1s  computing failed, serving the old value: down
			outcome: stale (error)`)
		explained(t, call("a"), `
			0s  found in memory, 10m0s old, with a TTL of 1m0s: expired, kept in case computing fails
			0s  an error is remembered, serving the old value: down
			outcome: stale (error)`)
		explained(t, call("b"), `
			0s  not in memory: absent
			0s  computing
			1s  computing failed: down
			outcome: miss (absent)`)
		explained(t, call("b"), `
			0s  not in memory: absent
			0s  an error is remembered: down
			outcome: hit`)
		cachier.Disable()
		s.set(nil)
		explained(t, call("a"), `
			0s  caching is disabled: computing without the cache
			outcome: bypass (disabled)`)
		cachier.Enable()
	})
}

func TestExplainWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get, cachier.WithBackend(membackend.New()))
		go func() { answers(t, f, "a", "a#1") }()
		synctest.Wait()
		explained(t, func(e cachier.CallOption) (string, error) { return f.Call(t.Context(), "a", e) }, `
			0s  not usable from the backend: absent
			0s  waiting for a computation that is under way
			10s  computed in 10s
			outcome: coalesced`)
		explained(t, func(e cachier.CallOption) (string, error) { return f.Call(t.Context(), "a", e) }, `
			0s  found on the backend, 0s old, without a TTL: fresh
			outcome: hit`)
		ctx, cancel := deadlineInASecond(t.Context())
		defer cancel()
		explained(t, func(e cachier.CallOption) (string, error) {
			_, _ = f.Call(ctx, "b", e)
			return "", nil
		}, `
			0s  not usable from the backend: absent
			0s  computing
			1s  gave up: context deadline exceeded
			outcome: miss (absent)`)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		explained(t, func(e cachier.CallOption) (string, error) { return f.Call(t.Context(), "a", e) }, `
			0s  the function is closed: computing without the cache
			outcome: bypass (disabled)`)
	})
}

func TestInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{then: slowly}
		f := newFunc(t, s.get, cachier.WithTTL(time.Minute), cachier.WithStaleWhileRevalidate(time.Hour),
			cachier.WithBackend(membackend.New()), cachier.WithTTLJitter(0), cachier.WithLocal(10, time.Second))
		tell := func(want cachier.CallInfo) {
			t.Helper()
			got := cachier.CallInfo{Age: 1000}
			if _, err := f.Call(t.Context(), "a", cachier.Info(&got)); err != nil || got != want {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		}
		const cost = 10 * time.Second
		tell(cachier.CallInfo{
			Outcome: metrics.Miss, Reason: metrics.ReasonAbsent,
			Duration: cost, Computed: cost, Cost: cost, TTL: time.Minute, Age: metrics.Unknown,
		})
		tell(cachier.CallInfo{Outcome: metrics.Hit, Cost: cost, TTL: time.Second, Tier: metrics.TierLocal})
		time.Sleep(30 * time.Second)
		tell(cachier.CallInfo{Outcome: metrics.Hit, Cost: cost, TTL: time.Minute, Age: 30 * time.Second, Tier: metrics.TierBackend})
		time.Sleep(time.Minute)
		tell(cachier.CallInfo{
			Outcome: metrics.Stale, Reason: metrics.ReasonRevalidate,
			Cost: cost, TTL: time.Minute, Age: 90 * time.Second, Tier: metrics.TierBackend,
		})
		time.Sleep(time.Second)
		results := make(chan cachier.CallInfo)
		go func() {
			var info cachier.CallInfo
			_, _ = f.Call(t.Context(), "a", cachier.MaxAge(time.Hour), cachier.Info(&info))
			results <- info
		}()
		if info := <-results; info.Outcome != metrics.Coalesced || info.Waited != 9*time.Second || info.Computed != 0 || info.Duration != info.Waited {
			t.Errorf("%+v", info)
		}
	})
}
