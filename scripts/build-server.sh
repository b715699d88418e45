#!/usr/bin/env bash
# build-server.sh NAME builds a test server that is a program of Go or npm into the user's cache directory, where
# internal/testserver finds it: from a module of this tree, or at the version that scripts/servers.sh pins. Does nothing, in
# an instant, when that is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/servers.sh

name=$1
source=$(grep -E "^$name\|(go|npm):" <<<"$servers" | cut -d'|' -f2)
source=${source#go:}
program=$(built_servers)/$name
stamp="$(go env GOVERSION) $source"
if [[ -d $source ]]; then
  stamp+=" $(cat "$source"/*.go "$source"/go.{mod,sum} | cksum)"
fi
[[ -x $program && $(cat "$program.stamp" 2>/dev/null) == "$stamp" ]] && exit

echo "setup: building $name, a few minutes the first time"
# Others may be running the old one, or building it as well.
mkdir -p "$program.$$"
trap 'rm -rf "$program.$$"' EXIT
if [[ $source == npm:* ]]; then
  # shellcheck disable=SC2086 # several packages may be side by side
  npm install --global --prefix "$program.$$" --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error ${source#npm:}
  rm -rf "$program.npm"
  mv "$program.$$" "$program.npm"
  ln -sf "$program.npm/bin/$name" "$program"
else
  if [[ -d $source ]]; then
    (cd "$source" && GOWORK=off go build -buildvcs=false -o "$program.$$/$name" .)
  else
    # The program of a package is called after the package, which need not be its name here.
    # shellcheck disable=SC2086
    GOBIN=$program.$$ GOFLAGS= go install $source
  fi
  mv "$program.$$"/* "$program"
fi
echo "$stamp" >"$program.stamp"
