#!/bin/sh
# rustc for the workspace's own crates, as cargo's RUSTC_WORKSPACE_WRAPPER: they count where they go, for libFuzzer, and are
# optimised, with every check left in. Other crates stay as they are, so that those of `cargo test --workspace` serve.
set -eu

case " $* " in
# What runs while building has no libFuzzer to count for.
*" --crate-name build_script_"* | *" --crate-type proc-macro "* | *" --print "*) exec "$@" ;;
esac
exec "$@" -Copt-level=2 -Cdebug-assertions=on -Coverflow-checks=on -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table
