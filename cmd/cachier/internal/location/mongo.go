package location

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/backend/mongobackend"
)

const mongoForm = "mongodb://USER@HOST/DATABASE"

// mongoPatience is for how long a server is looked for, unless the URL says it.
const mongoPatience = 5 * time.Second

// parseMongo takes a URL as MongoDB's own programs do, with collection=NAME among
// its parameters if need be. It may name several hosts, so that it is no URL to
// package net/url.
func parseMongo(scheme Scheme, given string) (Location, error) {
	wrong := func(why string) (Location, error) {
		return Location{}, &Error{URL: conceal(given), Why: why}
	}
	_, rest, ok := strings.Cut(given, "://")
	if !ok {
		given = string(scheme) + ":..." // whatever that is
	}
	at, text, _ := strings.Cut(rest, "?")
	hosts, database, _ := cutLast(at, "/")
	query, err := url.ParseQuery(text)
	if !ok || err != nil || hosts == "" || database == "" || strings.Contains(rest, "#") {
		return wrong("is no URL of a MongoDB database; want " + mongoForm)
	}
	l := Location{Scheme: scheme}
	if query.Has("collection") {
		if l.Table = query.Get("collection"); l.Table == "" {
			return wrong("names no collection; want ?collection=NAME")
		}
		query.Del("collection")
	}
	l.secret = mongoURL(scheme, hosts, database, query)
	if scheme == Mongo && options.Client().ApplyURI(l.secret).Validate() != nil { // which for the other asks the network
		return wrong("is no URL of a MongoDB database: its host, its port or a parameter is none; want " + mongoForm)
	}
	if user, host, ok := cutLast(hosts, "@"); ok {
		user, _, _ = strings.Cut(user, ":")
		hosts = user + "@" + host
	}
	for name := range query {
		if lower := strings.ToLower(name); strings.Contains(lower, "password") || lower == "authmechanismproperties" {
			query.Del(name)
		}
	}
	l.Path = strings.TrimPrefix(mongoURL(scheme, hosts, database, query), string(scheme)+":")
	return l, nil
}

func mongoURL(scheme Scheme, hosts, database string, query url.Values) string {
	s := string(scheme) + "://" + hosts + "/" + database
	if len(query) > 0 {
		s += "?" + query.Encode()
	}
	return s
}

// cutLast cuts around the last separator; without one all of it is before.
func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// openMongo needs the collection to be there, unless it is to make it.
func (l Location) openMongo(ctx context.Context, create bool) (*Store, error) {
	o := options.Client().SetServerSelectionTimeout(mongoPatience).SetMaxPoolSize(4).ApplyURI(l.secret)
	client, err := mongo.Connect(o)
	if err != nil {
		return nil, l.wrong(nil, "is no URL of a MongoDB database, or the name of its hosts isn't known")
	}
	at, _, _ := strings.Cut(l.secret, "?")
	_, name, _ := cutLast(at, "/")
	if name, err = url.PathUnescape(name); err != nil {
		name = ""
	}
	db := client.Database(name)
	b := mongobackend.New(db.Collection(l.table()), nil)
	s := &Store{Backend: b, Location: l, close: func() error { return client.Disconnect(context.Background()) }}
	if !create {
		found, err := db.ListCollectionNames(ctx, bson.D{{Key: "name", Value: l.table()}})
		switch {
		case err != nil:
			return nil, errors.Join(l.Explain(err), s.Close())
		case len(found) == 0:
			return nil, errors.Join(l.noTables(mongoForm), s.Close())
		}
	}
	if _, err := backend.Size(ctx, b, "none"); err != nil { // makes the collection, or sees whether it can be one
		return nil, errors.Join(l.Explain(err), s.Close())
	}
	return s, nil
}

// authenticationFailed is MongoDB's code for it, see
// https://www.mongodb.com/docs/manual/reference/error-codes/.
const authenticationFailed = 18

// explainMongo says of an error of the client or the server what to do about it,
// on one line. What the server says may repeat keys.
func (l Location) explainMongo(err error) error {
	reason, ours := strings.CutPrefix(err.Error(), "mongobackend: ")
	var said mongo.ServerError
	switch answered := errors.As(err, &said); {
	case answered && said.HasErrorCode(authenticationFailed):
		return l.wrong(err, "can't be reached: its server doesn't know the user, or the password is another one (AuthenticationFailed)")
	case ours:
		return l.wrong(err, "can't be used: %s", reason)
	case answered:
		return l.wrong(err, "can't be used: its server answers with the codes %v", said.ErrorCodes())
	case mongo.IsTimeout(err), mongo.IsNetworkError(err), strings.Contains(err.Error(), "server selection error"):
		return l.wrong(err, "can't be reached: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	return err
}
