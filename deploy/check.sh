#!/usr/bin/env bash
# Checks deploy/ with real tools: manifests by kustomize and kubernetes-validate (check.py says how), Jaeger's configuration
# and the collector's by the binary that would run them. A tool that is missing is a failure where CI=true, and otherwise
# named and added to MEANWHILE_LEFT_OUT. `check.sh --commands` prints every argument list instead; see check.py.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

program() {
    "$here/../tools/status.sh" | awk -F '\t' -v name="$1" '$1 == name { print $4 }'
}

# leave_out TOOL CHECK: exits where that is not allowed.
leave_out() {
    echo "SKIPPED deploy: $2: needs $1"
    [ -z "${MEANWHILE_LEFT_OUT:-}" ] || printf '%s\tdeploy: %s\n' "$1" "$2" >>"$MEANWHILE_LEFT_OUT"
    [ "${CI:-}" != true ] || exit 1
}

python=$(program kubernetes-validate)
kustomize=$(program kustomize)
jaeger=$(program jaeger)

if [ "${1:-}" = --commands ]; then
    exec "${python:?kubernetes-validate is not installed}" "$here/check.py" --kustomize "${kustomize:?}" --commands
fi

failed=0
if [ -z "$python" ]; then
    leave_out kubernetes-validate manifests
elif [ -z "$kustomize" ]; then
    leave_out kustomize manifests
else
    "$python" "$here/check.py" --kustomize "$kustomize" || failed=1
fi

# Jaeger 2 is an OpenTelemetry collector with parts of its own, so it knows both files.
if [ -z "$jaeger" ]; then
    leave_out jaeger configurations
else
    for config in "$here/jaeger/config.yaml" "$here/otel-collector/config.yaml"; do
        echo "deploy: ${config#"$here/"}"
        "$jaeger" validate --config "$config" || failed=1
    done
fi
exit "$failed"
