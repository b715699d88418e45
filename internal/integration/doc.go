// Package integration holds no code: its tests run the whole against real servers, which they start on free loopback ports
// and end again. It is a module of its own, never released, so that what it needs is nobody's dependency.
//
// A server that isn't installed is a failure when CI=true or CACHIER_TEST_REQUIRE=1. Otherwise its tests skip; `make setup`
// installs what it may and names the rest.
package integration
