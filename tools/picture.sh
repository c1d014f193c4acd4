#!/usr/bin/env bash
# Takes the README's picture, docs/page.png, anew: `up` with the sample on free ports, the scenarios lecture and rush sent for
# real, and a look at its page in Chromium. `picture.sh FILE` writes elsewhere. MEANWHILE is the program, the debug build by default.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
picture=$(realpath -m "${1:-docs/page.png}")
meanwhile=${MEANWHILE:-target/debug/meanwhile}
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)

folder=$(mktemp -d)
up=
trap '[ -z "$up" ] || kill "$up" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
: >"$folder/up.log"
"$meanwhile" up --catalog catalogs/cityscape --database "sqlite:$folder/picture.sqlite" --listen 127.0.0.1:0 \
    --data-listen 127.0.0.1:0 --almanac-listen 127.0.0.1:0 --admin 127.0.0.1:0 --data-admin 127.0.0.1:0 \
    --dashboard-listen 127.0.0.1:0 >"$folder/up.log" 2>&1 &
up=$!
until grep -q '^Ctrl-C ends it' "$folder/up.log"; do
    kill -0 "$up" || { cat "$folder/up.log"; exit 1; }
    sleep 0.2
done
page=$(sed -n 's|^  page  *\(http://[^ ]*\).*|\1/|p' "$folder/up.log")

cd services/dashboard/web
node browser/picture.mjs "$chromium" "$page" "$picture" lecture rush
ls -l "$picture"
