#!/bin/sh
# Lists what tests and benchmarks need beyond Rust, a tool a line, separated by tabs:
# name, version, what needs it, the program that was found (empty: none).
# The one home of these names, versions and places: install.sh, the testbed and `meanwhile doctor` all read this output.
# `status.sh cache` prints the folder that installed tools are kept in.
set -eu

cache=${MEANWHILE_TOOLS:-${XDG_CACHE_HOME:-${HOME:-.}/.cache}/meanwhile/tools}
if [ "${1:-}" = cache ]; then
    printf '%s\n' "$cache"
    exit
fi

# tool NAME VERSION NEEDED-BY PROGRAM...: the last program that can be run is the one.
tool() {
    name=$1 version=$2 needed_by=$3 found=
    shift 3
    for program in "$@"; do
        [ -x "$program" ] && found=$program
    done
    printf '%s\t%s\t%s\t%s\n' "$name" "$version" "$needed_by" "$found"
}

# Debian keeps server programs off PATH, a folder a major version; a server on PATH was put there on purpose and goes first.
# shellcheck disable=SC2046
tool postgresql 13+ "tests and benchmarks on PostgreSQL" \
    $(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V) "$(command -v initdb || true)"
tool pgbouncer any "the tests of PostgreSQL behind a pooler" /usr/sbin/pgbouncer "$(command -v pgbouncer || true)"
tool grpcurl v1.9.4 "tests that call the gateway as its users do" "$cache/grpcurl-v1.9.4"
tool jaeger v1.76.0 "tests that read traces back from Jaeger (v1.76.0 is the module of release 2.13)" "$cache/jaeger-v1.76.0"
tool kustomize v5.8.2 "the check of deploy/kubernetes" "$cache/kustomize-v5.8.2"
tool kubernetes-validate 1.37.0 "the check of deploy/kubernetes" "$cache/kubernetes-validate-1.37.0/bin/python"
tool python-apps 0.66b1 "tests of Python services that are none of ours" "$cache/python-apps-0.66b1/bin/python"
tool node 20+ "the dashboard's page, and its tests in a browser" \
    "$(node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null && command -v node || true)"
tool chromium any "tests of the dashboard's page in a browser" "$(command -v chromium || true)"
tool g++ any "the fuzz targets (tools/fuzz.sh)" "$(command -v c++ || true)"
