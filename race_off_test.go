//go:build !race

package cachier_test

const raceDetector = false
