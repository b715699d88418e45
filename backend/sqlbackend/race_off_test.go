//go:build !race

package sqlbackend_test

const kills = 20
