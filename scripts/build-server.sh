#!/usr/bin/env bash
# build-server.sh NAME builds the test server in the module internal/NAME into the user's cache directory, where
# internal/testserver finds it. Does nothing, in an instant, when it is there and of the same source.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/servers.sh

name=$1
program=$(built_servers)/$name
stamp=$(go env GOVERSION && cat "internal/$name"/*.go "internal/$name"/go.{mod,sum} | cksum)
[[ -x $program && $(cat "$program.stamp" 2>/dev/null) == "$stamp" ]] && exit

echo "setup: building $name, a few minutes the first time"
mkdir -p "$(dirname "$program")"
# Others may be running the old one, or building it as well.
(cd "internal/$name" && GOWORK=off go build -buildvcs=false -o "$program.$$" .)
mv "$program.$$" "$program"
echo "$stamp" >"$program.stamp"
