// Package redisbackend is a [backend.Backend] in Redis, for machines that share
// their results: stand-alone, behind Sentinel, or in a Cluster. It works over
// the caller's own client, github.com/redis/go-redis/v9.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	store := redisbackend.New(client, nil)
//
// Redis must be 6.2 or newer, with Lua scripts, as in Valkey.
//
// # What it stores
//
// One string a key, under [Options].Prefix: 69 bytes, then Meta and Value as
// they are. A lease is in front of the same string, so that every change is one
// script on one key. Redis itself drops what has expired. What other programs
// store, also under this prefix, is never touched ([backend.ErrForeign]).
//
// Get is a GET and takes one round trip, as every other method on one key does.
// Clear, List, Size and BreakLocks SCAN, which walks the whole database.
//
// # Time
//
// Times are on the server's clock. It is read with every write, and in the round
// trip of a Get every five seconds, which is how long a change of it may go
// unnoticed.
//
// # Losses
//
// A server that evicts may evict entries and leases. Sentinel and Cluster may
// lose the last writes in a failover, invalidations too; while slots move, a
// Clear or List may overlook what is on its way.
//
// # Concurrency
//
// A [Backend] is safe for concurrent use. A call returns when its context ends,
// a Get within 100 ms of that; the client goes on until its own time-outs, but a Set or Lock that reaches the
// server after the deadline does nothing.
//
// # Errors
//
// Those of package backend, and the client's, without keys and values.
package redisbackend
