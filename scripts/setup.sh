#!/usr/bin/env bash
# Installs what the tests talk to and this machine lacks: as root on Debian by apt, in one go, and builds the servers that
# are programs of Go or npm. Elsewhere it names what to install and which tests are left out without it. Does nothing, in well under a
# second, when everything is there.
#
# With CI=true or CACHIER_TEST_REQUIRE=1 something missing is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/servers.sh

want="1.$(sed -n 's/^go 1\.\([0-9]*\).*/\1/p' go.mod)"
command -v go >/dev/null || { echo "setup: Go is missing: install Go $want or newer from https://go.dev/dl" >&2; exit 1; }
have=$(go env GOVERSION)
minor=${have#go1.}
if [[ $have == go1.* && ${minor%%[!0-9]*} -lt ${want#1.} ]]; then
  echo "setup: $have is too old: install Go $want or newer from https://go.dev/dl" >&2
  exit 1
fi

packages=$(missing | cut -d'|' -f2 | grep -v ':' | sort -u || true)
if [[ -n $packages && $(id -u) == 0 && -e /etc/debian_version ]] && command -v apt-get >/dev/null; then
  echo "setup: installing" $packages
  log=$(mktemp)
  # RUNLEVEL=1: the tests start servers of their own; a package must not start one as a service beside them.
  # shellcheck disable=SC2086
  if ! { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 $packages; } >"$log" 2>&1; then
    tail -5 "$log" >&2
    echo "setup: apt-get failed (all of it: $log)" >&2
  else
    rm -f "$log"
  fi
fi

# Those that are built; anew, if it is to be another version.
while IFS='|' read -r program package _; do
  [[ $package != *:* ]] || scripts/build-server.sh "$program" || echo "setup: building $program failed" >&2
done <<<"$servers"

report_missing setup
report_moto setup
if [[ -n $(missing) ]] && required; then
  echo "setup: everything is required here (CI or CACHIER_TEST_REQUIRE is set)" >&2
  exit 1
fi
