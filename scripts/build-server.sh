#!/usr/bin/env bash
# build-server.sh NAME builds a test server that is a program of Go or npm, at the version that scripts/servers.sh pins,
# into the user's cache directory, where internal/testserver finds it. Does nothing, in an instant, when that version is
# there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/servers.sh

name=$1
source=$(grep -E "^$name\|(go|npm):" <<<"$servers" | cut -d'|' -f2)
program=$(built_servers)/$name
stamp="$(go env GOVERSION) ${source#go:}"
[[ -x $program && $(cat "$program.stamp" 2>/dev/null) == "$stamp" ]] && exit

echo "setup: building $name, a few minutes the first time"
# Others may be running the old one, or building it as well.
mkdir -p "$program.$$"
trap 'rm -rf "$program.$$"' EXIT
if [[ $source == npm:* ]]; then
  npm install --global --prefix "$program.$$" --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error "${source#npm:}"
  rm -rf "$program.npm"
  mv "$program.$$" "$program.npm"
  ln -sf "$program.npm/bin/$name" "$program"
else
  GOBIN=$program.$$ GOFLAGS= go install "${source#go:}"
  mv "$program.$$/$name" "$program"
fi
echo "$stamp" >"$program.stamp"
