// Package s3backend is a [backend.Backend] in a bucket of S3, or of any server
// that speaks S3, for results that are large, dear, and wanted for long. It
// works over the caller's own client, github.com/aws/aws-sdk-go-v2/service/s3.
//
//	client := s3.NewFromConfig(config) // aws-sdk-go-v2/config has the usual ways
//	store := s3backend.New(client, "my-bucket", nil)
//
// A hit takes one GET, tens of milliseconds on AWS; cachier.WithLocal in front
// spares most. docs/backends.md says what requests cost.
//
// # What it stores
//
// One object a key, under [Options].Prefix and "v1/": 116 bytes, the key, Meta
// and the value. The name is the key with all but letters and digits escaped.
// What stands there and isn't whole is damaged ([backend.ErrCorrupt]), and is
// replaced by the next Set; objects of other names are never touched.
//
// # Leases
//
// With [New] each process computes for itself. With [NewLocker] one computes for
// all; that takes conditional writes of the server, and more requests.
//
// # Time
//
// Times are by the hosts' clocks. One that is more than about three seconds
// away from what the server tells is corrected, to a second or so.
//
// # Concurrency
//
// A [Backend] is safe for concurrent use. A Set that was given up may still
// reach a server that hung; S3 has no way to tell it that it is too late.
//
// # Errors
//
// Those of package backend, and the client's, without URLs and keys.
package s3backend
