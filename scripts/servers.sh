# Sourced by the other scripts: what the tests need beside Go, and what is not there.

# One line each: program | Debian package, or go: or npm: and what is built, flags first | where else to get it | what is left out without it
servers='
gcc|gcc libc6-dev|xcode-select --install, or your system'\''s C compiler|the race detector: make check, make race
prometheus|prometheus|brew install prometheus, or https://prometheus.io/download|internal/integration: a real Prometheus scrapes and agrees
prometheus3|go:-tags=remove_all_sd github.com/prometheus/prometheus/cmd/prometheus@v0.316.0|scripts/build-server.sh prometheus3|internal/integration: a real Prometheus 3 scrapes, is pushed to, and agrees
otelcol|go:internal/otelcol|scripts/build-server.sh otelcol|internal/integration: a real OpenTelemetry Collector receives and agrees
promtool|prometheus|brew install prometheus, or https://prometheus.io/download|internal/integration: promtool check metrics; cmd/cachier: that each alert fires in its story and in no other
redis-server|redis-server|brew install redis|backend/redisbackend: everything over a real Redis
redis-sentinel|redis-sentinel|brew install redis|backend/redisbackend and internal/integration: that a real Sentinel fails over
postgres|postgresql|brew install postgresql@17|backend/sqlbackend and backend/mongobackend: everything over a real PostgreSQL
mariadbd|mariadb-server|brew install mariadb|backend/sqlbackend: everything over a real MariaDB
versitygw|go:github.com/versity/versitygw/cmd/versitygw@v1.8.0|scripts/build-server.sh versitygw|backend/s3backend: everything over a real server that speaks S3
mongoserver|go:internal/mongoserver|scripts/build-server.sh mongoserver|backend/mongobackend: everything over a real server that speaks as MongoDB does
npm|nodejs npm|brew install node|internal/integration: the original StatsD, and cmd/cachier: Grafana'\''s schema, which npm installs
tsc|npm:typescript@5.9.3 @grafana/schema@13.2.3|scripts/build-server.sh tsc|cmd/cachier: the dashboard is what Grafana'\''s schema says
statsd|npm:statsd@0.9.0|scripts/build-server.sh statsd|internal/integration: what the original StatsD counts is what was counted
statsd_exporter|go:github.com/prometheus/statsd_exporter@v0.31.0|scripts/build-server.sh statsd_exporter|internal/integration: what statsd_exporter counts is what was counted
'

# built_servers prints where the servers are that scripts/build-server.sh builds; os.UserCacheDir says the same in Go.
built_servers() {
  if [[ $(uname) == Darwin ]]; then
    echo "$HOME/Library/Caches/cachier/servers"
  else
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/cachier/servers"
  fi
}

# missing prints the lines of the programs that are neither on the PATH nor where Debian has servers.
missing() {
  local line
  while IFS= read -r line; do
    [[ -z $line ]] || PATH=$PATH:/usr/sbin:$(built_servers):$(echo /usr/lib/postgresql/*/bin | tr ' ' ':') command -v "${line%%|*}" >/dev/null || echo "$line"
  done <<<"$servers"
}

# moto_tag prints the build tag of the tests that need moto, where there is a python3 that has it. No script installs
# that, so it is missing nowhere: who lacks it is told by report_moto.
moto_tag() {
  if python3 -c 'import moto, botocore' 2>/dev/null; then echo moto; fi
}

# report_moto PREFIX says what is left out without moto.
report_moto() {
  if [[ -z $(moto_tag) ]]; then
    echo "$1: no python3 here has moto (pip install 'moto[cloudwatch,server]'; nothing requires it)"
    echo "$1:   LEFT OUT: internal/integration: that a CloudWatch of moto's reads back sums, counts and percentiles"
  fi
}

# required tells whether a missing program is a failure. The tests read the same two variables.
required() {
  [[ ${CACHIER_TEST_REQUIRE:-} == 1 || ${CI:-} == true || ${CI:-} == 1 ]]
}

# report_missing PREFIX says what is missing, how to get it, and what is left out.
report_missing() {
  missing | while IFS='|' read -r program package elsewhere tests; do
    if [[ $package == *:* ]]; then
      echo "$1: $program is missing ($elsewhere)"
    else
      echo "$1: $program is missing (Debian: apt-get install $package; elsewhere: $elsewhere)"
    fi
    echo "$1:   LEFT OUT: $tests"
  done
}
