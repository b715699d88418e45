// Package testserver starts real servers for tests, on free loopback ports, and
// ends exactly those that it started. It is for tests only.
//
// A program that is missing fails the test where everything is required (CI, or
// CACHIER_TEST_REQUIRE=1), and elsewhere skips it, aloud. Programs are listed
// once, in scripts/servers.sh, from which `make setup` installs them.
package testserver
