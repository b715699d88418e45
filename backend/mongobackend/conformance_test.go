package mongobackend_test

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/backendtest"
	"github.com/cachier-go/cachier/backend/mongobackend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// clockError is what a busy machine adds to a round trip, of which half is how
// far a reading of the server's clock may be off.
const clockError = 50 * time.Millisecond

// uriVariable names a server to test against, such as MongoDB itself.
const uriVariable = "CACHIER_TEST_MONGO_URI"

// serverURL is that of the server of all tests to which nothing happens.
func serverURL(t testing.TB) string {
	t.Helper()
	if sharedURL == "" {
		return testserver.StartMongo(t).URL // which says what is missing
	}
	return sharedURL
}

// connect returns a client of the server, which the test closes.
func connect(t testing.TB, url string) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	must(t, err)
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	return client
}

// names makes names of collections that nobody has used.
var names atomic.Int64

// collection returns one of the client's that nobody has used, and that is gone
// when the test is over.
func collection(t testing.TB, client *mongo.Client) *mongo.Collection {
	t.Helper()
	c := client.Database("cachier_test").Collection(fmt.Sprintf("c%d_%d", os.Getpid(), names.Add(1)))
	t.Cleanup(func() {
		if os.Getenv(uriVariable) != "" { // else all of it goes
			_ = c.Drop(t.Context())
		}
	})
	return c
}

// over returns a backend over the collection, which the test closes.
func over(t testing.TB, c *mongo.Collection) *mongobackend.Backend {
	t.Helper()
	b := mongobackend.New(c, nil)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// Each store is opened by two clients as if by two processes.
func TestConformance(t *testing.T) {
	t.Parallel()
	url := serverURL(t)
	one, two := connect(t, url), connect(t, url)
	var mu sync.Mutex // protects named
	named := map[backend.Backend]string{}
	backendtest.Run(t, backendtest.Harness{
		New: func(t testing.TB) backend.Backend {
			c := collection(t, one)
			b := over(t, c)
			mu.Lock()
			defer mu.Unlock()
			named[b] = c.Name()
			return b
		},
		Another: func(t testing.TB, b backend.Backend) backend.Backend {
			mu.Lock()
			defer mu.Unlock()
			return over(t, two.Database("cachier_test").Collection(named[b]))
		},
		ClockError: clockError,
		TooLarge:   16 << 20,
	})
}

// second is the error of a call that returns two values.
func second[T any](_ T, err error) error { return err }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
