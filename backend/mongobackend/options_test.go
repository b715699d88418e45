package mongobackend_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/mongobackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// Two collections share neither entries nor leases nor identity.
func TestCollectionsAreApart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	client := connect(t, serverURL(t))
	c := collection(t, client)
	a, b := over(t, c), over(t, collection(t, client))
	must(t, a.Set(ctx, "k", backend.Entry{}))
	must(t, second(a.Lock(ctx, "l", time.Minute)))
	if _, err := b.Get(ctx, "k"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Get in the other collection: %v", err)
	}
	must(t, second(b.Lock(ctx, "l", time.Minute)))
	must(t, b.Clear(ctx, ""))
	must(t, second(a.Get(ctx, "k")))
	if a.Identity() == b.Identity() {
		t.Errorf("both are %s", a.Identity())
	}
	if a.Identity() != over(t, c).Identity() {
		t.Error("one store has two identities")
	}
}

// A collection that can't keep the contract is an error of every method.
func TestUnsuitable(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	client := connect(t, serverURL(t))
	capped := collection(t, client)
	must(t, capped.Database().CreateCollection(ctx, capped.Name(), options.CreateCollection().SetCapped(true).SetSizeInBytes(1<<20)))
	suits := map[string]*mongo.Collection{"nil": nil, "capped": capped}
	folding := collection(t, client)
	err := folding.Database().CreateCollection(ctx, folding.Name(), options.CreateCollection().SetCollation(&options.Collation{Locale: "en", Strength: 1}))
	if err == nil {
		suits["collation"] = folding
	} else {
		t.Logf("LEFT OUT: this server has no collations: %v", err)
	}
	for name, c := range suits {
		b := over(t, c)
		for op, err := range map[string]error{"Get": second(b.Get(ctx, "k")), "Set": b.Set(ctx, "k", backend.Entry{}), "Probe": second(b.Probe(ctx))} {
			if told := name == "nil" || op != "Probe"; told && (err == nil || !strings.Contains(err.Error(), name)) {
				t.Errorf("%s, %s: %v", name, op, err)
			}
		}
		if id := b.Identity(); id != "" {
			t.Errorf("%s: the identity is %q", name, id)
		}
	}
}

// Whatever the client says, reads are from the primary, and writes wait.
func TestClientsOwnConcerns(t *testing.T) {
	t.Parallel()
	var commands []bson.Raw
	client, err := mongo.Connect(options.Client().ApplyURI(serverURL(t)).SetReadPreference(readpref.SecondaryPreferred()).
		SetWriteConcern(writeconcern.Unacknowledged()).SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		commands = append(commands, append(bson.Raw(nil), e.Command...))
	}}))
	must(t, err)
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	b := over(t, collection(t, client))
	must(t, b.Set(t.Context(), "k", backend.Entry{}))
	must(t, second(b.Get(t.Context(), "k")))
	must(t, b.Delete(t.Context(), "k"))
	writes := 0
	for _, c := range commands {
		first, err := c.IndexErr(0)
		must(t, err)
		name := first.Key()
		if mode, ok := c.Lookup("$readPreference", "mode").StringValueOK(); ok && name == "find" && !strings.HasPrefix(mode, "primary") {
			t.Errorf("%s reads from %s", name, mode)
		}
		if name == "update" || name == "delete" {
			writes++
			if w, _ := c.Lookup("writeConcern", "w").StringValueOK(); w != "majority" {
				t.Errorf("%s waits for %q", name, w)
			}
		}
	}
	if writes != 2 {
		t.Errorf("%d writes, want 2", writes)
	}
}

// New asks nothing of the server, so that a program starts without it; what is
// wrong is told at the first use, with the server's name and without a password.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	addr := testserver.FreeAddr(t)
	b := over(t, collection(t, connect(t, "mongodb://app:hunter2@"+addr+"/")))
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	err := b.Set(ctx, "personal", backend.Entry{Value: []byte("private")})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), addr) {
		t.Errorf("Set: %v", err)
	}
	for _, secret := range []string{"hunter2", "personal", "private"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q shows %q", err, secret)
		}
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	var monitor mongobackend.Monitor
	var told int
	mine := options.Client().ApplyURI(serverURL(t)).SetMonitor(&event.CommandMonitor{
		Succeeded: func(context.Context, *event.CommandSucceededEvent) { told++ },
	})
	client, err := mongo.Connect(monitor.Attach(mine))
	must(t, err)
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	c := collection(t, client)
	for want, o := range map[int]*mongobackend.Options{6: nil, 17: {Monitor: &monitor}} {
		b := mongobackend.New(c, o)
		must(t, b.Set(t.Context(), "k", backend.Entry{}))
		readings, err := b.Probe(t.Context())
		must(t, err)
		found := map[string]float64{}
		for _, r := range readings {
			if r.Help == "" || r.Unit == "" || r.Counter != strings.HasSuffix(r.Name, "_total") {
				t.Errorf("%+v", r)
			}
			found[r.Name] = r.Value
		}
		if found["calls_total"] != 1 || found["call_seconds_total"] <= 0 || len(found) != want || len(readings) != want {
			t.Errorf("got %v", found)
		}
		if o != nil && (found["commands_total"] < 2 || found["pool_open_connections"] < 1 || found["pool_checked_out_connections"] != 0 || found["pool_check_outs_total"] < 2) {
			t.Errorf("the monitor has seen %v", found)
		}
		_ = b.Close()
		if _, err := b.Probe(t.Context()); !errors.Is(err, backend.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
	if told == 0 {
		t.Error("the client's own monitor was told nothing")
	}
}
