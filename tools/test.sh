#!/usr/bin/env bash
# Every test: what they need, the page and its own, then the workspace's, the fuzz targets for a minute, and the check of
# deploy/. Ends with the names of what was left out, if anything was. All of it runs even after a failure, so that one run
# shows everything; the status is that of the whole.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
MEANWHILE_LEFT_OUT=$(mktemp)
export MEANWHILE_LEFT_OUT
trap 'rm -f "$MEANWHILE_LEFT_OUT"' EXIT

# They compare times, so they run by themselves: what else the machine does would be measured with them.
measured=(lecture::alone:: known_waits::)

failed=0
tools/install.sh || failed=1
if command -v npm >/dev/null; then
    make page || failed=1
else
    printf 'Node 20\tthe dashboard'"'"'s page\n' >>"$MEANWHILE_LEFT_OUT"
    [ "${CI:-}" != true ] || failed=1
fi
cargo test --workspace --no-fail-fast -- "${measured[@]/#/--skip=}" || failed=1
cargo test --workspace --test e2e -- "${measured[@]}" --test-threads=1 || failed=1
tools/fuzz.sh 60 || failed=1
deploy/check.sh || failed=1

# A line is a tool, a tab and what went without it; a tool that could not be installed is named once even if nothing asked.
if [ -s "$MEANWHILE_LEFT_OUT" ]; then
    echo
    echo "Left out, for want of a tool (tools/install.sh says why it is missing):"
    sort -u "$MEANWHILE_LEFT_OUT" | sed 's/^/  /'
fi
if [ "$failed" = 0 ]; then echo "make test: passed"; else echo "make test: FAILED"; fi
exit "$failed"
