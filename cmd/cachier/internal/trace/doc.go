// Package trace reads access traces: files that say which keys a program asked
// for, in order, so that a cache can be tried on them.
//
// Four formats are read, and told apart by the file's name and first bytes:
//
//   - lines: one key a line, as it stands;
//   - csv: time, key, size, cost; a header may name and order the columns;
//   - uint32: big-endian 32-bit keys, nothing else;
//   - jsonl: {"timestamp": ms, "hash_ids": [1, 2]} a line, one access per id.
//
// Each may be compressed with gzip, bzip2, xz or zstd, told apart by the first
// bytes. A file is streamed: what a [Reader] holds doesn't grow with it.
//
// # Errors
//
// A file that isn't what it should be is an [*Error], which names the line (or
// the byte, where there are no lines) and says in one line how it should look.
// What the operating system couldn't read comes back as it is.
//
// # Concurrency
//
// A Reader belongs to one goroutine.
package trace
