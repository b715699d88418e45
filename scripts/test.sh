#!/usr/bin/env bash
# Runs the tests of every module, all of them also after a failure, and ends with a line for each.
# Flags are handed to go test. With -race, the packages that have tests which the race detector leaves out run a second
# time without it, so that nothing is left out in the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/servers.sh
: "${MODULES:?run it through make}"

race=0
for flag in "$@"; do [[ $flag != -race ]] || race=1; done

summary=()
failed=0
run() { # label command...
  local label=$1 start=$SECONDS verdict=ok
  shift
  echo "== $label"
  "$@" || { verdict=FAIL; failed=1; }
  summary+=("$(printf '%-4s %4ds  %s' "$verdict" $((SECONDS - start)) "$label")")
}
in_module() { (cd "$1" && shift && "$@"); }

for module in $MODULES; do
  tags=
  [[ $module != internal/integration ]] || tags=$(moto_tag)
  run "go test${*:+ $*} ($module)" in_module "$module" go test -timeout=20m -shuffle=on ${tags:+-tags=$tags} "$@" ./...
  [[ $race == 1 ]] || continue
  # Such a test stands in a file tagged !race, or asks a constant of a file so tagged; both name it in a _test.go file.
  files=$(cd "$module" && go list -race -f '{{$dir := .Dir}}{{range .TestGoFiles}}{{$dir}}/{{.}}
{{end}}{{range .XTestGoFiles}}{{$dir}}/{{.}}
{{end}}{{range .IgnoredGoFiles}}{{$dir}}/{{.}}
{{end}}' ./... | grep '_test\.go$' | xargs -r grep -lE '^//go:build .*!race|[rR]aceEnabled|race\.Enabled' || true)
  whole=()
  for dir in $(xargs -r -n1 dirname <<<"$files" | sort -u); do
    here=$(grep "^$dir/[^/]*$" <<<"$files")
    # Where each of the files has tests of its own, those are what was left out.
    if [[ -n $(xargs grep -LE '^func Test' <<<"$here") ]]; then
      whole+=("$dir")
      continue
    fi
    tests=$(xargs grep -hoE '^func Test\w+' <<<"$here" | cut -d' ' -f2 | paste -sd'|')
    run "go test, what the race detector leaves out (${dir#"$PWD/"})" in_module "$module" go test -timeout=20m -shuffle=on -run="^($tests)\$" "$dir"
  done
  if ((${#whole[@]})); then
    run "go test, what the race detector leaves out ($module)" in_module "$module" go test -timeout=20m -shuffle=on "${whole[@]}"
  fi
done

echo "== tests"
printf '%s\n' "${summary[@]}"
report_missing tests
report_moto tests
exit $failed
