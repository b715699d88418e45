#!/usr/bin/env bash
# Everything about the code that needs no run of it: format, go vet, staticcheck and tidy go.mod files, in every module.
# Goes through all of it also after a finding, and ends with a line for each step.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${MODULES:?run it through make}"

gofumpt=$(go tool -modfile=tools.mod -n gofumpt)
staticcheck=$(go tool -modfile=tools.mod -n staticcheck)

summary=()
failed=0
run() { # label command...
  local label=$1 start=$SECONDS verdict=ok
  shift
  "$@" || { verdict=FAIL; failed=1; echo "^^ $label" >&2; }
  summary+=("$(printf '%-4s %4ds  %s' "$verdict" $((SECONDS - start)) "$label")")
}
in_module() { (cd "$1" && shift && "$@"); }
formatted() {
  local files
  files=$("$gofumpt" -l .)
  [[ -z $files ]] || { printf 'not formatted (make fmt):\n%s\n' "$files"; return 1; }
}

run gofumpt formatted
for module in $MODULES; do
  tags=() # tests that are chosen by one are looked at everywhere
  [[ $module != internal/integration ]] || tags=(-tags=moto)
  run "go mod tidy -diff ($module)" in_module "$module" go mod tidy -diff
  run "go vet ($module)" in_module "$module" go vet "${tags[@]}" ./...
  run "staticcheck ($module)" in_module "$module" "$staticcheck" "${tags[@]}" ./...
done
# What runs elsewhere too is compiled and vetted for there, tests included.
for target in darwin/arm64 windows/amd64; do
  run "go vet (., $target)" env GOOS="${target%/*}" GOARCH="${target#*/}" CGO_ENABLED=0 go vet ./...
done
run "go build (., 32 bits)" env GOARCH=386 CGO_ENABLED=0 go build ./...

echo "== lint"
printf '%s\n' "${summary[@]}"
exit $failed
