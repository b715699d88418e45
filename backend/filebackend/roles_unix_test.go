//go:build unix

package filebackend_test

func init() { roles["unwritable"] = unwritable }
