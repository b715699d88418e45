// Package mongobackend is a [backend.Backend] in MongoDB, or in what speaks its
// wire protocol, for machines that share their results. It works over the
// caller's own client, go.mongodb.org/mongo-driver/v2.
//
//	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://localhost"))
//	// ...
//	store := mongobackend.New(client.Database("app").Collection("cache"), nil)
//
// # What it stores
//
// One document a key, whose _id is the key. A lease is in the same document, so
// that every change is one operation on one document. The collection is made at
// the first use, with a TTL index where the server has such; else Cleanup has to
// be called. Documents that others have in it are never touched
// ([backend.ErrForeign]), and neither are views, nor collections that are capped
// or have a collation: those are an error of every method.
//
// Reads are from the primary, writes wait for a majority, whatever the client
// says. Every method on one key takes one round trip, Lock two. Size reads all
// documents under its prefix.
//
// # Time
//
// Times are on the server's clock, to the millisecond. It is asked for with a
// round trip of its own every five seconds, which is how long a change of it may
// go unnoticed.
//
// # Concurrency
//
// A [Backend] is safe for concurrent use. A write whose context ends may still
// reach a server that hangs, after what was written later.
//
// # Errors
//
// Those of package backend, and the client's. What a server says is reduced to
// its code, because its messages repeat keys and values.
package mongobackend
