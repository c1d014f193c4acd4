#!/usr/bin/env bash
# Builds the dashboard's page (services/dashboard/web) where that is older than its sources; cargo then takes it into the program.
# Where there is no Node 20 nothing is built, and the dashboard says so in the page's place. `page.sh --needed` fails instead.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
page=services/dashboard/web

if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null || ! command -v npm >/dev/null; then
    echo "page: left out: needs Node 20 or newer with npm"
    [ "${1:-}" != --needed ]
    exit
fi

built=$page/dist/index.html
sources=("$page"/src "$page"/public "$page"/*.json "$page"/*.ts "$page"/*.js "$page"/*.yaml "$page"/index.html proto/meanwhile/v1/timeline.proto)
if [ -e "$built" ] && [ -z "$(find "${sources[@]}" -path "$page/src/gen" -prune -o -type f -newer "$built" -print -quit)" ]; then
    exit
fi

build() {
    { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-progress; } && npm run --silent build
}

cd "$page"
if ! build; then
    echo "page: left out: it could not be built, see above"
    [ "${1:-}" != --needed ]
fi
