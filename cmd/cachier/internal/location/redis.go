package location

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/cachier-go/cachier/backend/redisbackend"
)

const redisForm = "redis://HOST"

// parseRedis takes a URL as go-redis does: redis://USER@HOST:PORT/DATABASE, or
// rediss: for TLS, with the client's options as parameters. Several addr=HOST:PORT
// name more servers of a Cluster, master_name=NAME makes them Sentinels.
// prefix=TEXT is that of the backend.
func parseRedis(given string) (Location, error) {
	wrong := func(why string) (Location, error) {
		return Location{}, &Error{URL: conceal(given), Why: why + "; want " + redisForm + ", or redis://USER@HOST:PORT/DATABASE"}
	}
	if !strings.Contains(given, "://") {
		given = "redis:..." // whatever that is
	}
	u, err := url.Parse(given)
	if err != nil || u.Opaque != "" || u.Fragment != "" || u.Hostname() == "" {
		return wrong("is no URL of a Redis server") // err would tell the password
	}
	u.Scheme = strings.ToLower(u.Scheme)
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || query.Has("prefix") && query.Get("prefix") == "" {
		return wrong("has parameters that can't be read")
	}
	u.RawQuery = query.Encode()
	l := Location{Scheme: Scheme(u.Scheme), secret: u.String()}
	if _, err := l.redisServers(); err != nil {
		return wrong("is no URL of a Redis server: its port, its database or a parameter is none")
	}
	query.Del("sentinel_password")
	u.RawQuery = query.Encode()
	l.Path = shown(u)
	return l, nil
}

// redisServers are those of a location, and what to say to them.
type redisServers struct {
	prefix  string
	one     *redis.Options         // nil: there is no single server
	cluster *redis.ClusterOptions  // nil: certainly no Cluster
	behind  *redis.FailoverOptions // nil: no Sentinels
}

func (l Location) redisServers() (s redisServers, err error) {
	u, err := url.Parse(l.secret)
	if err != nil {
		return s, errors.New("no URL")
	}
	query := u.Query()
	s.prefix = query.Get("prefix")
	sentinelUser, sentinelPassword := query.Get("sentinel_username"), query.Get("sentinel_password")
	for _, ours := range []string{"prefix", "sentinel_username", "sentinel_password"} {
		query.Del(ours)
	}
	u.RawQuery = query.Encode()
	user := u.User.Username()
	password, given := u.User.Password()
	if !given {
		password = os.Getenv("REDISCLI_AUTH") // as for redis-cli
	}
	const retries = 1 // a person waits
	switch {
	case query.Has("master_name"):
		if s.behind, err = redis.ParseFailoverURL(u.String()); err != nil {
			return s, err
		}
		s.behind.Username, s.behind.Password = user, password
		s.behind.SentinelUsername, s.behind.SentinelPassword = sentinelUser, sentinelPassword
		s.behind.MaxRetries, s.behind.DialerRetries = retries, retries
		return s, nil
	case !query.Has("addr"):
		if s.one, err = redis.ParseURL(u.String()); err != nil {
			return s, err
		}
		s.one.Username, s.one.Password = user, password
		s.one.MaxRetries, s.one.DialerRetries = retries, retries
		if s.one.DB != 0 {
			return s, nil // a Cluster has one database
		}
	}
	if s.cluster, err = redis.ParseClusterURL(u.String()); err == nil {
		s.cluster.Username, s.cluster.Password = user, password
		s.cluster.MaxRetries, s.cluster.DialerRetries = retries, retries
	} else if s.one != nil {
		err = nil // a parameter that only one server knows
	}
	return s, err
}

// openRedis reaches the servers. A single one says whether it is of a Cluster.
func (l Location) openRedis(ctx context.Context) (*Store, error) {
	servers, err := l.redisServers()
	if err != nil {
		return nil, l.wrong(nil, "is no URL of a Redis server")
	}
	redis.SetLogger(silent{}) // errors are told once, by whoever has them
	var client redis.UniversalClient
	switch {
	case servers.behind != nil:
		client = redis.NewFailoverClient(servers.behind)
	case servers.one == nil:
		client = redis.NewClusterClient(servers.cluster)
	default:
		client = redis.NewClient(servers.one)
	}
	err = client.Ping(ctx).Err()
	if err == nil && servers.one != nil && servers.cluster != nil {
		// Whoever may not ask has no Cluster.
		if said := client.Info(ctx, "cluster").Val(); strings.Contains(said, "cluster_enabled:1") {
			_ = client.Close() // nothing is lost by it
			client = redis.NewClusterClient(servers.cluster)
			err = client.Ping(ctx).Err()
		}
	}
	b := redisbackend.New(client, &redisbackend.Options{Prefix: servers.prefix})
	s := &Store{Backend: b, Location: l, close: client.Close}
	if err != nil {
		return nil, errors.Join(l.Explain(err), s.Close())
	}
	return s, nil
}

// silent keeps the client from writing to standard error.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// explainRedis says of an error of the servers what to do about it.
func (l Location) explainRedis(err error) error {
	var network *net.OpError
	var name *net.DNSError
	said := strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "redis: ")), " ")
	switch {
	case errors.As(err, &network), errors.As(err, &name), strings.Contains(said, "sentinel"), errors.Is(err, context.DeadlineExceeded):
		return l.wrong(err, "can't be reached: %s", said)
	case redis.IsAuthError(err), redis.IsPermissionError(err):
		return l.wrong(err, "may not be used: %s; a password may be in REDISCLI_AUTH", said)
	case strings.Contains(said, "DB index is out of range"):
		return l.wrong(err, "names a database that the server doesn't have: %s", said)
	}
	return err
}
