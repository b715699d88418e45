// Package load makes what the benchmarks are fed with: keys, skewed streams of them, and access traces, generated from
// a seed or read from files.
package load

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Skew is the exponent of the streams' Zipf distribution, near the 1 that request logs are usually found at.
const Skew = 1.01

// Pair is a key of two fields, as functions of two arguments have.
type Pair struct {
	Name string
	ID   int64
}

// Strings returns n different keys of 20 bytes.
func Strings(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("user:%015d", scatter(i))
	}
	return keys
}

// Ints returns n different keys that follow no order.
func Ints(n int) []int {
	keys := make([]int, n)
	for i := range keys {
		keys[i] = scatter(i)
	}
	return keys
}

// Pairs returns n different keys of two fields.
func Pairs(n int) []Pair {
	keys := make([]Pair, n)
	for i := range keys {
		keys[i] = Pair{fmt.Sprintf("tenant-%04d", i%97), int64(scatter(i))}
	}
	return keys
}

// scatter maps integers below 2^40 one to one onto others (an odd multiplier is invertible), so that neighbours in rank
// are no neighbours in value.
func scatter(i int) int {
	return int(uint64(i) * 0x9e3779b97f4a7c15 & (1<<40 - 1))
}

// Stream returns count keys drawn from keys, Zipf-distributed, in an order that the seed fixes. Which keys are popular
// is drawn too, so that popular ones aren't those inserted first. Strings are copies: a program looks a key up with a
// string that came in with the request, and comparing it with itself would spare the cache reading it.
func Stream[K comparable](seed uint64, keys []K, count int) []K {
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	copies := make([]K, len(keys))
	for i, k := range keys {
		copies[i] = clone(k)
	}
	rng.Shuffle(len(copies), func(i, j int) { copies[i], copies[j] = copies[j], copies[i] })
	zipf := rand.NewZipf(rng, Skew, 1, uint64(len(keys)-1))
	stream := make([]K, count)
	for i := range stream {
		stream[i] = copies[zipf.Uint64()]
	}
	return stream
}

func clone[K comparable](k K) K {
	switch k := any(k).(type) {
	case string:
		return any(strings.Clone(k)).(K)
	case Pair:
		return any(Pair{strings.Clone(k.Name), k.ID}).(K)
	}
	return k
}
