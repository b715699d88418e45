#!/usr/bin/env bash
# build-server.sh NAME builds a test server that is a Go program, at the version that scripts/servers.sh pins, into the
# user's cache directory, where internal/testserver finds it. Does nothing, in an instant, when that version is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/servers.sh

name=$1
source=$(grep "^$name|go:" <<<"$servers" | cut -d'|' -f2)
source=${source#go:}
program=$(built_servers)/$name
stamp="$(go env GOVERSION) $source"
[[ -x $program && $(cat "$program.stamp" 2>/dev/null) == "$stamp" ]] && exit

echo "setup: building $name, a few minutes the first time"
# Others may be running the old one, or building it as well.
mkdir -p "$program.$$"
trap 'rm -rf "$program.$$"' EXIT
GOBIN=$program.$$ GOFLAGS= go install "$source"
mv "$program.$$/$name" "$program"
echo "$stamp" >"$program.stamp"
