//go:build !race

package entries_test

const many = 100_000
