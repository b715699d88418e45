// Package shape looks at the type of cached values as their codec sees it.
//
// [Fingerprint] gives two releases of a program with different value types
// different keys, so that neither reads what it would misunderstand. [Lossy]
// finds what a codec would drop without a word, so that the cache can refuse it
// at start-up instead of returning less from the second call on.
//
// Both know the codecs "json" and "gob". Of any other codec nothing is known:
// its fingerprint follows all exported fields and their tags, and nothing is
// called lossy.
package shape
