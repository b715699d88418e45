// Package filebackend is a [backend.Backend] in a directory, for results that
// outlive the process and for processes of one machine that share them. It
// needs no server and nothing but the standard library.
//
//	store, err := filebackend.New("", nil) // in the user's cache directory
//
// # Files
//
// One entry is one file, named after a hash of its key, in one of 256
// directories. It holds the whole key, which is compared, and checksums. It is
// written beside and renamed, so that a reader sees an old entry or a new one,
// whatever dies in the middle. Nothing is synced to the disk: after a power cut
// an entry may be gone or damaged, which its checksums tell ([backend.ErrCorrupt]),
// but never wrong. Files under other names are left alone, as is what a newer
// release wrote in a form of its own ([backend.ErrForeign]).
//
// # Concurrency
//
// Any number of goroutines and processes may use a directory at once, through
// one Store or several. Get takes no lock. Whatever changes something holds the
// lock of one directory of the 256 for a few system calls; the system takes that
// lock from a process that dies. Leases are files: they outlive their holder,
// and end by time, on the clock of the machine.
//
// # Size
//
// Options.MaxBytes bounds what is used of the disk; the entries that were
// stored longest ago are removed. Expired entries stay until they are cleaned
// up or are the oldest. Each of the 256 directories keeps account of what is in
// it and is counted anew after a crash, so that sizes cost no full scan.
//
// # Security
//
// Directories are made for their owner alone (0700, files 0600). A directory
// that belongs to somebody else, or that others may write to, is refused,
// because whoever writes there decides what your functions return. On Windows
// nothing of that is checked: keep to directories of your user.
//
// # Network file systems
//
// They are not what this is made for. It needs atomic renames, and flock(2)
// that holds between all who share the directory: within one machine NFSv4, SMB
// and most FUSE file systems give that, between machines only some do, and a
// cache of attributes or names may show an entry for seconds after its Delete.
// Without flock, leases aren't exclusive, so that functions run more often, and
// sizes drift; entries are still never torn or wrong. A mount that hangs
// hangs its callers: no context ends a system call on a file. Use a store with
// a server between machines.
package filebackend
