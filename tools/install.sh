#!/usr/bin/env bash
# Installs what status.sh does not find: once, under a name that carries the version, moved into place when it is whole.
# Each tool gets one line: found, installed, or left out and why. With CI=true anything left out is a failure.
# MEANWHILE_LEFT_OUT, when set, names a file to which each omission is added.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$("$here/status.sh" cache)
mkdir -p "$cache"
work=$(mktemp -d "$cache/.work-XXXXXX")
trap 'rm -rf "$work"' EXIT

# An installer runs in a shell of its own with VERSION and WORK set. Its last line of output is the reason when it fails.
export GOFLAGS="-mod=mod -buildvcs=false -p=2"

need() {
    command -v "$1" >/dev/null || { echo "$2"; return 1; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ "${CI:-}" = true ] && command -v sudo >/dev/null; then
        sudo -n "$@"
    else
        echo "needs root or CI=true to install a Debian package"
        return 1
    fi
}

apt_install() {
    need apt-get "no Debian packages here; install $1 by hand"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$1"
}

go_install() {
    need go "needs Go"
    GOBIN=$WORK go install "$2@$VERSION"
    mv "$WORK/$1" "$cache/$1-$VERSION"
}

install_postgresql() { apt_install postgresql; }

install_pgbouncer() { apt_install pgbouncer; }

install_chromium() { apt_install chromium; }

# Debian's own may be too old to build the page with.
install_node() { echo "install Node 20 or newer, with npm, by hand"; return 1; }

install_g++() { apt_install g++; }

install_grpcurl() { go_install grpcurl github.com/fullstorydev/grpcurl/cmd/grpcurl; }

install_kustomize() { go_install kustomize sigs.k8s.io/kustomize/kustomize/v5; }

# Jaeger is built from a module of ours because `go install` refuses modules that carry replace directives. Its go.sum is
# the module's own, taken as it was published.
install_jaeger() {
    need go "needs Go"
    cp "$here/jaeger/go.mod" "$WORK/go.mod"
    cd "$WORK"
    grep -q "jaegertracing/jaeger $VERSION\$" go.mod || { echo "tools/jaeger/go.mod has another version"; return 1; }
    local dir
    dir=$(go mod download -json "github.com/jaegertracing/jaeger@$VERSION" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
    install -m 644 "$dir/go.sum" go.sum
    go build -o jaeger github.com/jaegertracing/jaeger/cmd/jaeger
    mv jaeger "$cache/jaeger-$VERSION"
}

# A Python environment of pinned packages: NAME, its requirements, and the one of them whose version it has.
python_install() {
    need python3 "needs Python 3"
    python3 -m venv "$WORK/venv" || { apt_install python3-venv && python3 -m venv --clear "$WORK/venv"; }
    grep -q "^$3==$VERSION\$" "$here/$2" || { echo "tools/$2 has another version"; return 1; }
    # Through python, not through pip's own script: that one names the folder it was made in.
    "$WORK/venv/bin/python" -m pip install -q -r "$here/$2"
    mv -T "$WORK/venv" "$cache/$1-$VERSION"
}

install_kubernetes-validate() { python_install kubernetes-validate requirements.txt kubernetes-validate; }

install_python-apps() { python_install python-apps python-apps.txt opentelemetry-distro; }

# Sets `failed`, and has no status to test: `set -e` would have no effect in a function whose status is tested.
install_tool() {
    mkdir -p "$work/$1"
    set +e
    (
        set -e
        VERSION=$2 WORK=$work/$1
        "install_$1"
    ) >"$cache/$1.log" 2>&1
    failed=$?
    set -e
}

# Two runs at once would build everything twice.
if command -v flock >/dev/null; then
    exec 9>"$cache/.lock"
    flock 9
fi

missing=0
while IFS=$'\t' read -r name version _ found; do
    if [ -n "$found" ]; then
        echo "found      $name $version: $found"
        continue
    fi
    echo "installing $name $version"
    install_tool "$name" "$version"
    if [ "$failed" = 0 ]; then
        echo "installed  $name $version"
    else
        echo "left out   $name $version: $(tail -n 1 "$cache/$name.log") (see $cache/$name.log)"
        [ -z "${MEANWHILE_LEFT_OUT:-}" ] || printf '%s\tnot installed\n' "$name" >>"$MEANWHILE_LEFT_OUT"
        missing=$((missing + 1))
    fi
done < <("$here/status.sh")

if [ "${CI:-}" = true ] && [ "$missing" -gt 0 ]; then
    echo "CI=true: nothing may be left out" >&2
    exit 1
fi
