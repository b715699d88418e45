package mongobackend_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/cachier-go/cachier/backend"
)

// A session of the caller's stays out of what the store is asked: with one that
// has ended, the driver refuses everything.
func TestSessionsStayOut(t *testing.T) {
	client := connect(t, serverURL(t))
	b := over(t, collection(t, client))
	session, err := client.StartSession()
	must(t, err)
	session.EndSession(t.Context())
	ctx := mongo.NewSessionContext(t.Context(), session)
	must(t, b.Set(ctx, "k", backend.Entry{Value: []byte("v")}))
	if e, err := b.Get(ctx, "k"); err != nil || string(e.Value) != "v" {
		t.Errorf("%q, %v", e.Value, err)
	}
	if many, err := b.GetMany(ctx, []string{"k"}); err != nil || len(many) != 1 {
		t.Errorf("%v, %v", many, err)
	}
	l, err := backend.Lock(ctx, b, "free", time.Hour)
	must(t, err)
	must(t, l.Release(ctx))
	must(t, b.Delete(ctx, "k"))
}
