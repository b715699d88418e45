package load

import "math/rand/v2"

// Generate returns a small set of traces of n accesses each, the same for the same seed. They are of known character,
// so that the comparison of policies says something without recorded traces: a steady skew, a skew whose favourites
// change, a skew disturbed by scans, and a loop larger than most caches, which no policy by recency survives.
func Generate(seed uint64, n int) []Trace {
	return []Trace{
		{"generated: zipf", true, zipf(seed, n, n/10)},
		{"generated: shifting zipf", true, shifting(seed, n, n/10)},
		{"generated: zipf and scans", true, scans(seed, n, n/10)},
		{"generated: loop and zipf", true, loop(seed, n, n/10)},
	}
}

func source(seed uint64, n, keys int) (*rand.Rand, *rand.Zipf, []int) {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	return rng, rand.NewZipf(rng, Skew, 1, uint64(keys-1)), make([]int, n)
}

func zipf(seed uint64, n, keys int) []int {
	_, z, out := source(seed, n, keys)
	for i := range out {
		out[i] = scatter(int(z.Uint64()))
	}
	return out
}

// shifting moves the favourites by a quarter of the keys ten times in the trace.
func shifting(seed uint64, n, keys int) []int {
	_, z, out := source(seed, n, keys)
	for i := range out {
		shift := i / max(n/10, 1) * (keys / 4)
		out[i] = scatter((int(z.Uint64()) + shift) % keys)
	}
	return out
}

// scans reads a run of keys that are never asked for again after every thousand skewed accesses, about a third of all.
func scans(seed uint64, n, keys int) []int {
	_, z, out := source(seed, n, keys)
	next := keys
	for i := range out {
		if i%1500 < 1000 {
			out[i] = scatter(int(z.Uint64()))
			continue
		}
		out[i] = scatter(next)
		next++
	}
	return out
}

// loop goes round and round over half of the keys with half of its accesses.
func loop(seed uint64, n, keys int) []int {
	rng, z, out := source(seed, n, keys)
	at := 0
	for i := range out {
		if rng.IntN(2) == 0 {
			out[i] = scatter(int(z.Uint64()))
			continue
		}
		out[i] = scatter(keys + at)
		at = (at + 1) % max(keys/2, 1)
	}
	return out
}
