//go:build !race

package fleet_test

const schedules = 1000
