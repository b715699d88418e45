#!/usr/bin/env bash
# What CI runs: the set-up with everything required, then lint, then every test with the race detector.
# Lint's findings don't keep the tests from running; either fails the whole.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CACHIER_TEST_REQUIRE=1

scripts/setup.sh
lint=ok tests=ok
scripts/lint.sh || lint=FAIL
scripts/test.sh -race || tests=FAIL

echo "== check: lint $lint, tests $tests, ${SECONDS}s"
[[ $lint == ok && $tests == ok ]]
