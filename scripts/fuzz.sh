#!/usr/bin/env bash
# Runs every fuzz test of every module for the given time (default 10s), one after the other, as go test wants it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${MODULES:?run it through make}"

for module in $MODULES; do
  (
    cd "$module"
    for package in $(go list ./...); do
      for name in $(go test -list='^Fuzz' "$package" | grep '^Fuzz' || true); do
        echo "== $package $name"
        go test -run='^$' -fuzz="^$name\$" -fuzztime="${1:-10s}" "$package"
      done
    done
  )
done
