// Package keyform turns the arguments of cached functions into keys.
//
// [Of] classifies a type once. Strings, booleans, integers, and structs and
// arrays of them are direct: they are looked up as they are, through a [Plan]
// that hashes and compares them without boxing. Slices, maps, and what contains
// them are looked up by their canonical encoding, [Form.Append]. Every other
// type is refused with an error that asks for WithKey, because == and an
// encoding could disagree about which values are the same.
//
// [Stored] and [Prefix] make the keys of shared stores, and [Parse] takes them
// apart; [StableHash] and [ShortHash] are the same in every process.
//
// Everything here is safe for concurrent use once made.
package keyform
