#!/usr/bin/env bash
# Fuzzes the tokenizer, the binder and HTTP/2's peers (fuzz/), with libFuzzer on stable Rust.
#   tools/fuzz.sh [SECONDS]          all targets, in so many seconds together (60), and the build before them
#   tools/fuzz.sh TARGET SECONDS     one of them
#   tools/fuzz.sh TARGET FILE...     these inputs once, as a failure says
# A run ends by the number of its inputs, as many as a common machine tries in that time: a faster one looks no further.
# MEANWHILE_FUZZ_SEED=0 draws others than the last run did.
# The status is 1 where an input was found that does what no input may do.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
targets=(tokenizer binder peer)
declare -A inputs_a_second=([tokenizer]=7000 [binder]=25000 [peer]=20000)
kept=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v c++ >/dev/null; then
    echo "fuzz: left out: libFuzzer needs g++ (tools/install.sh)"
    [ -z "${MEANWHILE_LEFT_OUT:-}" ] || printf 'g++\tthe fuzz targets\n' >>"$MEANWHILE_LEFT_OUT"
    [ "${CI:-}" != true ]
    exit
fi

# Only the workspace's crates are built anew, the others are those of `cargo test --workspace`: hence all of it is named.
fuzz_cargo() {
    RUSTC_WORKSPACE_WRAPPER=$PWD/tools/instrumented-rustc.sh \
        cargo test --quiet --locked --workspace --features meanwhile-fuzz/libfuzzer "$@"
}

# run TARGET ARGUMENT...: what libFuzzer says goes to the target's log.
run() {
    local target=$1
    shift
    rm -rf "$work/run" && mkdir -p "$work/run" "$work/seeds-$target" "$kept/found" "$kept/corpus-$target"
    MEANWHILE_FUZZ_WORK=$work/run MEANWHILE_FUZZ_SEEDS=$work/seeds-$target \
        fuzz_cargo --test "fuzz_$target" -- "$@" >"$kept/$target.log" 2>&1
}

# fuzz TARGET SECONDS
fuzz() {
    local target=$1 corpus=$kept/corpus-$1 status=0
    run "$target" -seed="${MEANWHILE_FUZZ_SEED:-1}" -runs=$(($2 * inputs_a_second[$target])) -max_total_time=$(($2 * 10)) \
        -timeout=30 -rss_limit_mb=1024 -max_len=4096 -dict="$PWD/fuzz/sql.dict" \
        -artifact_prefix="$kept/found/$target-" -print_final_stats=1 "$corpus" "$work/seeds-$target" || status=1
    if [ "$status" = 0 ]; then
        echo "fuzz: $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$kept/$target.log") inputs, nothing found"
        return
    fi
    echo "fuzz: $target: FAILED"
    grep -v '^#\|^\s*NEW\|^INFO\|DE: ' "$kept/$target.log" | tail -n 40 | sed 's/^/  /'
    local found
    found=$(sed -n 's/.*Test unit written to //p' "$kept/$target.log" | tail -n 1)
    [ -z "$found" ] || echo "fuzz: run it again by: tools/fuzz.sh $target $found"
    return 1
}

echo "fuzz: building"
fuzz_cargo "${targets[@]/#/--test=fuzz_}" --no-run

failed=0
case "${1:-60}" in
*[!0-9]*)
    target=$1
    shift
    if [[ $1 =~ ^[0-9]+$ ]]; then
        fuzz "$target" "$1" || failed=1
    else
        mapfile -t files < <(realpath "$@")
        run "$target" "${files[@]}" || failed=1
        cat "$kept/$target.log"
    fi
    ;;
*)
    for target in "${targets[@]}"; do
        fuzz "$target" $((${1:-60} / ${#targets[@]})) || failed=1
    done
    ;;
esac
exit "$failed"
