# Everything a developer or CI does here. `make` alone lists the targets.

# The modules, by name: there is no committed go.work. internal/floors tests that none is missing.
MODULES := . backend/mongobackend backend/redisbackend backend/s3backend backend/sqlbackend cmd/cachier export/cloudwatchexport export/otelexport export/promexport internal/integration internal/mongoserver benchmarks

# Modules of servers for tests that scripts/build-server.sh builds and nothing else looks at: what they are made of is big.
SERVERS := internal/otelcol

# What the developer's environment may hold must not change what is built.
export GOWORK := off
export GOTOOLCHAIN := local
export GOFLAGS := $(GOFLAGS) -buildvcs=false
export MODULES

FUZZTIME ?= 10s
DEMO_ARGS ?=
BENCH_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo setup test check race bench bench-peers fuzz fmt lint tidy integration

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run the demo: real cached functions being measured, on 127.0.0.1:9090 (needs only Go; DEMO_ARGS="--for 30s")
	@cd cmd/cachier && go run . demo $(DEMO_ARGS)

setup: ## install what the tests need and this machine lacks, or name it
	@scripts/setup.sh

test: ## run every test of every module (runs setup first)
	@scripts/setup.sh
	@scripts/test.sh

check: ## run exactly what CI runs: format, vet, staticcheck, tidy, and every test with the race detector
	@scripts/check.sh

race: ## run every test with the race detector
	@scripts/test.sh -race

integration: ## run the tests against real servers; a missing server is a failure
	@CACHIER_TEST_REQUIRE=1 scripts/setup.sh
	@tag=$$(bash -c '. scripts/servers.sh; moto_tag') && cd internal/integration && CACHIER_TEST_REQUIRE=1 go test -count=1 -shuffle=on -tags="$$tag" ./...

bench: ## run the library's own benchmarks
	@go test -run='^$$' -bench=. -benchmem $(BENCH_ARGS) ./...

bench-peers: ## compare with peer caches: prints the tables of docs/benchmarks.md
	@cd benchmarks && go run ./cmd/bench-peers $(BENCH_ARGS)

fuzz: ## run every fuzz test for FUZZTIME each (10s)
	@scripts/fuzz.sh $(FUZZTIME)

fmt: ## format all Go code
	@"$$(go tool -modfile=tools.mod -n gofumpt)" -l -w .

lint: ## check format, vet, staticcheck and go.mod files, without running tests
	@scripts/lint.sh

tidy: ## tidy every module's go.mod
	@for m in $(MODULES); do echo "tidy $$m"; (cd $$m && go mod tidy) || exit 1; done
